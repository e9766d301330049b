# SPDX-License-Identifier: GPL-2.0-or-later

MODEL_TESTS = %D%/model
check_PROGRAMS += $(MODEL_TESTS)

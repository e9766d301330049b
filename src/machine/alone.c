/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The promise of a thread that no other thread uses its machines.  See lock.h.
 */
#include <vmallocfs/machine.h>

#include "machine/lock.h"

_Thread_local bool thread_is_alone;

void machine_alone(bool alone)
{
	thread_is_alone = alone;
}

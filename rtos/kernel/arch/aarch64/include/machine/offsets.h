/* Places that the assembler knows; offsets.c has them checked. */
#ifndef MACHINE_OFFSETS_H
#define MACHINE_OFFSETS_H

#define CPU_STACK        0  /* struct cpu: stack */
#define THREAD_REGISTERS 16 /* struct thread: registers, tpidr behind them */

#endif

/* Places that the assembler knows. Static asserts in trap.c and crash.c check them. */
#ifndef MACHINE_OFFSETS_H
#define MACHINE_OFFSETS_H

#define CPU_STACK        0  /* struct cpu: stack */
#define CPU_INDEX        24 /* struct cpu: index */
#define IMAGE_SIZE       24 /* struct rtos_image: image_size */
#define SAVED_SHIFT      9  /* 2 to this power is sizeof(struct crash_saved) */
#define SAVED_DEPTH      288
#define THREAD_REGISTERS 16 /* struct thread: registers, tpidr behind them */

#endif

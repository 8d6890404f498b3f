/* Places that the doctor's assembly and C share. */
#ifndef DOCTOR_PLACES_H
#define DOCTOR_PLACES_H

/* Of struct doctor_facts and of the image's memory: asserted in main.c. */
#define DOCTOR_FACTS_SIZE      2896
#define DOCTOR_FACTS_UART      168
#define DOCTOR_FACTS_REGISTERS 296
#define DOCTOR_MEMORY_SIZE     0x200000

/* From the image's beginning: the boot's tables, .core and stack, and behind them what the doctor
 * takes itself. */
#define DOCTOR_SCRATCH 0x100000
#define DOCTOR_OWN     0x140000

/* Offsets in other_words: head.S. */
#define DOCTOR_OTHER_LEVEL 0
#define DOCTOR_OTHER_ROOT  64
#define DOCTOR_OTHER_STACK 72

#endif

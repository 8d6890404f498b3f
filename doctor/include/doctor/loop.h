/* The loop of loop.S: C and assembly read this. */
#ifndef DOCTOR_LOOP_H
#define DOCTOR_LOOP_H

#define LOOP_INSTRUCTIONS 22 /* of a turn */
#define LOOP_MEMORY       4096

#endif

/*
 * On a core of another architecture: takes another exception in each life, with known numbers in
 * registers. Judges nothing.
 */
#include <remote/remote.h>
#include <stdio.h>

#define FAULTS_NOWHERE 0xe0000000u /* nothing answers there */

/* r4 to r6 are kept across calls: nothing changes them before the fault. */
#define FAULTS_DO(instruction)                                                                     \
	__asm__ volatile("mov r4, #0x44\n\tmov r5, #0x55\n\tmov r12, #0xcc\n\t" instruction ::"r"( \
	                     FAULTS_NOWHERE)                                                       \
	                 : "r4", "r5", "r12", "lr", "memory")

void remote_main(const void *tree)
{
	const uint32_t life = remote_life();

	(void)tree;
	printf("faults: life %lu\n", (unsigned long)life);
	switch (life) {
	case 1:
		FAULTS_DO("udf #0");
		break;
	case 2:
		FAULTS_DO("ldr r4, [%0, #4]");
		break;
	case 3:
		FAULTS_DO("blx %0");
		break;
	case 4:
		FAULTS_DO("ldrd r4, r5, [r12, #1]");
		break;
	case 5:
		FAULTS_DO("svc #0");
		break;
	default:
		printf("faults: no more\n");
		for (;;)
			remote_pause();
	}
}

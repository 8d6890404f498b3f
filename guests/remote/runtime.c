/* SPDX-License-Identifier: MIT-0 */
/* The mailbox from the program's side: see remote/remote.h and kumiki/remote.h. */
#include <kumiki/remote.h>
#include <remote/remote.h>
#include <stdio.h>

void remote_start(void);
void remote_crashed(void);

extern const volatile struct remote_boot remote_boot;
uint32_t remote_registers[REMOTE_REGISTERS]; /* start.S fills them at an exception */

static volatile struct remote_mailbox *remote_box(void)
{
	return (volatile struct remote_mailbox *)remote_boot.mailbox;
}

static void remote_barrier(void)
{
	__asm__ volatile("dsb" ::: "memory");
}

uint32_t remote_life(void)
{
	return remote_boot.life;
}

void remote_ring(uint32_t number)
{
	remote_barrier();
	if (number < REMOTE_RINGS)
		remote_box()->rings[number] = remote_box()->rings[number] + 1;
}

uint32_t remote_heard(void)
{
	uint32_t heard = remote_box()->heard;

	remote_barrier();
	return heard;
}

void remote_beats_within(uint32_t microseconds)
{
	remote_box()->beat_within = microseconds;
}

void remote_beat(void)
{
	remote_box()->beat = remote_box()->beat + 1;
}

/* Ends this life, and waits until the minder puts the core into reset. */
__attribute__((noreturn)) static void remote_end(enum remote_state state)
{
	remote_barrier();
	remote_box()->state = state;
	for (;;)
		__asm__ volatile("wfi");
}

void remote_off(void)
{
	remote_end(REMOTE_OFF);
}

void remote_reset(void)
{
	remote_end(REMOTE_RESET);
}

#define REMOTE_THUMB 0x20u

/* Corrects the PC after two kinds of exceptions: in Thumb state their instruction begins two bytes
 * before the saved address. */
static void remote_correct_pc(void)
{
	if ((remote_registers[REMOTE_CPSR] & REMOTE_THUMB) != 0 &&
	    remote_registers[REMOTE_VECTOR] <= REMOTE_SUPERVISOR)
		remote_registers[REMOTE_PC] += 2;
}

void remote_crashed(void)
{
	remote_correct_pc();
	for (uint32_t i = 0; i < REMOTE_REGISTERS; i++)
		remote_box()->registers[i] = remote_registers[i];
	remote_end(REMOTE_CRASHED);
}

/* Puts a character into the mailbox. If there is no room, it waits: the minder looks each 250
 * us. */
static int remote_put(char c, FILE *file)
{
	volatile struct remote_mailbox *box = remote_box();
	uint32_t written = box->text_written;

	(void)file;
	while (written - box->text_taken == REMOTE_TEXT)
		remote_pause();
	box->text[written % REMOTE_TEXT] = (uint8_t)c;
	remote_barrier();
	box->text_written = written + 1;
	return c;
}

static FILE remote_file = FDEV_SETUP_STREAM(remote_put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &remote_file;

void remote_start(void)
{
	remote_beat(); /* the sign that it has begun */
	while (remote_box()->begun == 0)
		remote_pause(); /* until then the core may be reset once more */
	__asm__ volatile("mcr p15, 0, %0, c9, c12, 0" ::"r"(1u));       /* PMCR: on */
	__asm__ volatile("mcr p15, 0, %0, c9, c12, 1" ::"r"(1u << 31)); /* the cycle counter */
	remote_main((const void *)remote_boot.tree);
	remote_off();
}

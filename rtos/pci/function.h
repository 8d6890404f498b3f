/*
 * The PCI function that a driver was given: its configuration space, and a window of addresses in
 * which its BARs are or are put.
 */
#ifndef PCI_FUNCTION_H
#define PCI_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

/* Configuration space, in bytes. */
enum function_register {
	FUNCTION_ID = 0x00,
	FUNCTION_COMMAND = 0x04,
	FUNCTION_CLASS = 0x08,
	FUNCTION_BAR = 0x10, /* the first of six */
	FUNCTION_CAPABILITIES = 0x34,
};

/* What it may do, as its command register has it. */
enum function_state {
	FUNCTION_ANSWERS = 0x402, /* its registers are there */
	FUNCTION_WORKS = 0x406,   /* it reads and writes memory, too */
	FUNCTION_SPEAKS = 0x006,  /* its pin may assert, too */
};

struct function {
	volatile uint32_t *space;
	uint64_t window, size;
	uint64_t physical; /* the window's address for the function */
	uint64_t bar;      /* where the driver sees its BAR; 0: not known yet */
	uint32_t number;   /* of that BAR */
};

/* By what the manifest gave the program. False: its device is no PCI function. *wrong is set if it
 * is one, and lacks something. */
bool function_find(struct function *function, const char **wrong);

uint32_t function_read(const struct function *function, uint32_t at);
/* A BAR without a place is put at the window's beginning. False: it isn't in the window, or another
 * BAR was asked for before. */
bool function_place(struct function *function, uint32_t number);
/* Bytes of the window from the BAR's beginning on. */
uint64_t function_left(const struct function *function);
void function_set(const struct function *function, enum function_state state);
/* Whether it would assert its pin, or does. */
bool function_asserts(const struct function *function);

#endif

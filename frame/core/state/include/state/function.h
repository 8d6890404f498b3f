/* The state of a partition's real PCI function. docs/pci-and-dma.md. */
#ifndef STATE_FUNCTION_H
#define STATE_FUNCTION_H

#include <frame/types.h>
#include <kumiki/bundle.h>

#define FUNCTION_SHOWN   12 /* guests are shown at most so many capabilities of a function */
#define FUNCTION_UNKNOWN 2

/* What the frame notes of a function, besides the bundle's entry of the same number. */
struct function {
	uint8_t asleep; /* kept: the function is in D3hot; FUNCTION_UNKNOWN: nobody knows */
	uint8_t power;  /* offset of its power management capability; 0: none */
	uint8_t shown;  /* number of capabilities below */
	struct {
		uint8_t at, end, next;
	} capability[FUNCTION_SHOWN];
};

#endif

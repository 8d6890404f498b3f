/* What is kept of a real PCI function of a partition. docs/pci.md. */
#ifndef STATE_FUNCTION_H
#define STATE_FUNCTION_H

#include <frame/types.h>
#include <kumiki/bundle.h>

#define FUNCTION_SHOWN 12 /* capabilities of one function; the further ones aren't shown */

/* A real function's, beside the bundle's entry of the same number. */
struct function {
	uint8_t asleep; /* kept: it is in D3hot */
	uint8_t power;  /* where its power management capability is; 0: none */
	uint8_t shown;  /* how many of these */
	struct {
		uint8_t at, end, next;
	} capability[FUNCTION_SHOWN];
};

#endif

/* What is kept of a partition's panel. docs/reference/guest-interface.md. */
#ifndef STATE_PANEL_H
#define STATE_PANEL_H

#include <frame/types.h>
#include <kumiki/panel.h>

/* Kept (keep.h), so without pointers. */
struct panel {
	uint32_t pending;
	uint32_t enable;
	uint32_t result;
};

#endif

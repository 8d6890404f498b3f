/* What is kept of a partition's panel. docs/guest-interface.md. */
#ifndef STATE_PANEL_H
#define STATE_PANEL_H

#include <frame/types.h>
#include <kumiki/panel.h>

/* No pointers: part of the state that outlives the frame's own restart. */
struct panel {
	uint32_t pending;
	uint32_t enable;
	uint32_t result;
};

#endif

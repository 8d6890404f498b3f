/* A program's probes: whether its ELF file declares that it answers them (rtos/sys/probe.c), and
 * how often the supervisor asks (docs/rtos/recovery.md). */
#include "build.h"

#define PROBE_MS 1000u

void rtos_probe_read(struct rtos_build *build, uint32_t program, const char *bytes, size_t size)
{
	struct rtos_manifest_program *manifest = &build->system->programs[program].manifest;
	const struct dts_node *node = build->nodes[program];
	const struct dts_property *probe = dts_property(node, "kumiki,probe");
	uint32_t value;
	const bool declared = rtos_notes_have(bytes, size, RTOS_NOTE_PROBES, &value);

	manifest->probe_ms = rtos_words_number(build, node, "kumiki,probe", 0, RTOS_MS_MAX,
	                                       declared && manifest->offers ? PROBE_MS : 0);
	if (!probe || !manifest->probe_ms)
		return;
	if (!declared)
		complain(&build->complaints, probe->place,
		         "'%s' answers no probes; link it with rtos/sys/probe.c, or take this out",
		         node->name);
	else if (!manifest->offers)
		complain(&build->complaints, probe->place,
		         "'%s' offers no port, so nobody can ask it; take this out", node->name);
}

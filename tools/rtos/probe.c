/* A program's probes: whether its ELF file declares that it answers them (rtos/sys/probe.c), and
 * how often the supervisor asks (docs/rtos/recovery.md). */
#include "build.h"
#include <elf.h>
#include <string.h>

#define PROBE_MS    1000u
#define PROBE_OWNER "Kumiki"
#define PROBE_NOTE  1u /* the note's type */

/* Whether the file has the note that declares it. rtos_elf_read() has found the file good. */
static bool probe_is_declared(const char *bytes, size_t size)
{
	Elf64_Ehdr file;
	Elf64_Phdr segment;
	Elf64_Nhdr note;

	memcpy(&file, bytes, sizeof(file));
	for (uint32_t i = 0; i < file.e_phnum; i++) {
		memcpy(&segment, bytes + file.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type != PT_NOTE || segment.p_offset > size ||
		    segment.p_filesz > size - segment.p_offset ||
		    segment.p_filesz < sizeof(note) + sizeof(PROBE_OWNER))
			continue;
		memcpy(&note, bytes + segment.p_offset, sizeof(note));
		if (note.n_namesz == sizeof(PROBE_OWNER) && note.n_type == PROBE_NOTE &&
		    memcmp(bytes + segment.p_offset + sizeof(note), PROBE_OWNER,
		           sizeof(PROBE_OWNER)) == 0)
			return true;
	}
	return false;
}

void rtos_probe_read(struct rtos_build *build, uint32_t program, const char *bytes, size_t size)
{
	struct rtos_manifest_program *manifest = &build->system->programs[program].manifest;
	const struct dts_node *node = build->nodes[program];
	const struct dts_property *probe = dts_property(node, "kumiki,probe");
	const bool declared = probe_is_declared(bytes, size);

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

/* What a program declares in its ELF file (kumiki/rtos/note.h). */
#include "build.h"
#include <elf.h>
#include <string.h>

/* A stretch of the file. */
struct notes {
	const char *at;
	size_t size;
};

static size_t notes_padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

/* Passes one note. NULL: nothing that is whole follows. */
static const char *notes_next(struct notes *notes, struct rtos_note *note)
{
	const char *at = notes->at;
	size_t size;

	if (notes->size < sizeof(Elf64_Nhdr))
		return NULL;
	*note = (struct rtos_note){0};
	memcpy(note, at, sizeof(Elf64_Nhdr));
	size = sizeof(Elf64_Nhdr) + notes_padded(note->name_size) + notes_padded(note->size);
	if (size > notes->size)
		return NULL;
	notes->at += size;
	notes->size -= size;
	return at;
}

/* Looks for a note of that type. */
static bool notes_find(struct notes notes, uint32_t type, uint32_t *value)
{
	struct rtos_note note;
	const char *at;

	while ((at = notes_next(&notes, &note)) != NULL) {
		if (note.type != type || note.name_size != sizeof(RTOS_NOTE_OWNER) ||
		    memcmp(at + sizeof(Elf64_Nhdr), RTOS_NOTE_OWNER, sizeof(RTOS_NOTE_OWNER)) != 0)
			continue;
		if (note.size == sizeof(*value))
			memcpy(value, at + offsetof(struct rtos_note, value), sizeof(*value));
		return true;
	}
	return false;
}

bool rtos_notes_have(const char *bytes, size_t size, enum rtos_note_type type, uint32_t *value)
{
	Elf64_Ehdr file;
	Elf64_Phdr segment;

	*value = 0;
	memcpy(&file, bytes, sizeof(file));
	for (uint32_t i = 0; i < file.e_phnum; i++) {
		memcpy(&segment, bytes + file.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_NOTE && segment.p_offset <= size &&
		    segment.p_filesz <= size - segment.p_offset &&
		    notes_find((struct notes){bytes + segment.p_offset, segment.p_filesz}, type,
		               value))
			return true;
	}
	return false;
}

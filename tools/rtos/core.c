/*
 * Core files of the RTOS's programs for gdb: see core.h.
 */
#include "core.h"
#include <elf.h>
#include <endian.h>
#include <host/lines.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding the lines ---- */

/* False: a count or a place leads out of the record, or a piece is larger than the record. */
static bool found_is_sound(const struct rtos_crash *crash, uint64_t size)
{
	uint64_t left = size - sizeof(*crash);

	if (size < sizeof(*crash) || crash->magic != RTOS_CRASH_MAGIC || crash->size != size ||
	    crash->revision != RTOS_CRASH_REVISION || crash->thread_count > RTOS_CRASH_THREADS ||
	    crash->piece_count > RTOS_CRASH_PIECES)
		return false;
	for (uint32_t i = 0; i < crash->piece_count; i++) {
		const struct rtos_crash_piece *piece = &crash->pieces[i];

		if (piece->offset > size || piece->size > size - piece->offset ||
		    piece->size > left)
			return false;
		left -= piece->size;
	}
	return true;
}

/* The result has the size of the largest possible record. */
struct rtos_crash *core_find(const char *text, const char **why)
{
	struct rtos_bytes found = lines_find(text, "core", RTOS_CRASH_SIZE, why);
	struct rtos_crash *whole = NULL;

	if (!found.bytes)
		return NULL;
	if (found.size >= sizeof(*whole) && found_is_sound((const void *)found.bytes, found.size))
		whole = calloc(1, RTOS_CRASH_SIZE);
	else
		*why = "is of another revision of the RTOS than this command";
	if (whole)
		memcpy(whole, found.bytes, found.size);
	free(found.bytes);
	return whole;
}

/* ---- the file ---- */

/* struct elf_prstatus and struct elf_prpsinfo of Linux on AArch64: their sizes and offsets. */
#define STATUS_SIZE      392
#define STATUS_SIGNAL    12
#define STATUS_THREAD    32
#define STATUS_REGISTERS 112 /* x0 to x30, SP, PC, PSTATE */
#define FP_SIZE          528 /* struct user_fpsimd_state: v0 to v31, FPSR, FPCR */
#define FP_STATUS        512
#define FP_CONTROL       516
#define INFO_SIZE        136
#define INFO_NAME        40
#define INFO_COMMAND     56
#define INFO_TEXT        16

struct core {
	uint8_t *bytes;
	size_t size;
};

static void *core_add(struct core *core, size_t size)
{
	void *at = core->bytes + core->size;

	core->size += size;
	return at;
}

/* Adds a note. Its owner has four or five letters: with NUL and padding these are 8 bytes. */
static void core_note(struct core *core, const char *owner, uint32_t type, const void *content,
                      size_t size)
{
	const Elf64_Nhdr header = {.n_namesz = htole32((uint32_t)strlen(owner) + 1),
	                           .n_descsz = htole32((uint32_t)size),
	                           .n_type = htole32(type)};

	memcpy(core_add(core, sizeof(header)), &header, sizeof(header));
	memcpy(core_add(core, 8), owner, strlen(owner));
	memcpy(core_add(core, (size + 3) / 4 * 4), content, size);
}

static uint32_t core_signal(const struct rtos_crash *crash)
{
	switch (crash->state[0]) {
	case RTOS_PROCESS_FAULTED:
		return SIGSEGV;
	case RTOS_PROCESS_BROKE:
		return SIGSYS;
	case RTOS_PROCESS_KILLED:
		return SIGKILL;
	default:
		return SIGABRT;
	}
}

/* Adds a note with floating-point registers. The record's last word has FPCR in its low half and
 * FPSR above; Linux has FPSR first. */
static void core_fp(struct core *core, const struct rtos_crash_thread *thread)
{
	const uint64_t last = thread->fp[RTOS_FP_REGISTERS - 1];
	const uint32_t control = htole32((uint32_t)last), status = htole32((uint32_t)(last >> 32));
	uint8_t registers[FP_SIZE] = {0};

	for (size_t i = 0; i < RTOS_FP_REGISTERS - 1; i++) {
		const uint64_t value = htole64(thread->fp[i]);

		memcpy(registers + i * sizeof(value), &value, sizeof(value));
	}
	memcpy(registers + FP_STATUS, &status, sizeof(status));
	memcpy(registers + FP_CONTROL, &control, sizeof(control));
	core_note(core, "CORE", NT_FPREGSET, registers, sizeof(registers));
}

static void core_thread(struct core *core, const struct rtos_crash_thread *thread, uint32_t signal)
{
	const uint64_t variables = htole64(thread->x[RTOS_CRASH_TPIDR]);
	const uint16_t number = htole16((uint16_t)signal);
	const uint32_t id = htole32((uint32_t)thread->number + 1); /* 0 is none */
	uint8_t status[STATUS_SIZE] = {0};

	memcpy(status + STATUS_SIGNAL, &number, sizeof(number));
	memcpy(status + STATUS_THREAD, &id, sizeof(id));
	for (size_t i = 0; i <= RTOS_CRASH_PSTATE; i++) {
		const uint64_t value = htole64(thread->x[i]);

		memcpy(status + STATUS_REGISTERS + i * sizeof(value), &value, sizeof(value));
	}
	core_note(core, "CORE", NT_PRSTATUS, status, sizeof(status));
	if (thread->has_fp)
		core_fp(core, thread);
	core_note(core, "LINUX", NT_ARM_TLS, &variables, sizeof(variables));
}

static void core_notes(struct core *core, const struct rtos_crash *crash)
{
	uint8_t info[INFO_SIZE] = {0};

	memcpy(info + INFO_NAME, crash->name, INFO_TEXT - 1);
	memcpy(info + INFO_COMMAND, crash->name, INFO_TEXT);
	core_note(core, "CORE", NT_PRPSINFO, info, sizeof(info));
	for (uint32_t i = 0; i < crash->thread_count; i++)
		core_thread(core, &crash->threads[i], core_signal(crash));
}

static Elf64_Ehdr core_header(const struct rtos_crash *crash)
{
	return (Elf64_Ehdr){
	    .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
	                ELFOSABI_GNU},
	    .e_type = htole16(ET_CORE),
	    .e_machine = htole16(EM_AARCH64),
	    .e_version = htole32(EV_CURRENT),
	    .e_phoff = htole64(sizeof(Elf64_Ehdr)),
	    .e_ehsize = htole16(sizeof(Elf64_Ehdr)),
	    .e_phentsize = htole16(sizeof(Elf64_Phdr)),
	    .e_phnum = htole16((uint16_t)(1 + crash->piece_count)),
	};
}

static void core_segment(Elf64_Phdr *header, uint32_t type, uint64_t address, uint64_t offset,
                         uint64_t size)
{
	*header = (Elf64_Phdr){.p_type = htole32(type),
	                       .p_flags = htole32(type == PT_LOAD ? PF_R | PF_W : 0),
	                       .p_offset = htole64(offset),
	                       .p_vaddr = htole64(address),
	                       .p_filesz = htole64(size),
	                       .p_memsz = htole64(type == PT_LOAD ? size : 0),
	                       .p_align = htole64(1)};
}

/* The most bytes that a core file has: headers, notes, memory. */
static size_t core_most(const struct rtos_crash *crash)
{
	return sizeof(Elf64_Ehdr) + (1 + RTOS_CRASH_PIECES) * sizeof(Elf64_Phdr) +
	       (1 + RTOS_CRASH_THREADS) * (STATUS_SIZE + FP_SIZE + 128) + crash->size;
}

struct rtos_bytes core_make(const struct rtos_crash *crash)
{
	const Elf64_Ehdr header = core_header(crash);
	struct core core = {.bytes = calloc(1, core_most(crash))};
	Elf64_Phdr *segments;
	size_t notes;

	if (!core.bytes)
		return (struct rtos_bytes){NULL, 0};
	memcpy(core_add(&core, sizeof(header)), &header, sizeof(header));
	segments = core_add(&core, (1 + crash->piece_count) * sizeof(*segments));
	notes = core.size;
	core_notes(&core, crash);
	core_segment(&segments[0], PT_NOTE, 0, notes, core.size - notes);
	for (uint32_t i = 0; i < crash->piece_count; i++) {
		const struct rtos_crash_piece *piece = &crash->pieces[i];

		core_segment(&segments[1 + i], PT_LOAD, piece->address, core.size, piece->size);
		memcpy(core_add(&core, piece->size), (const uint8_t *)crash + piece->offset,
		       piece->size);
	}
	return (struct rtos_bytes){core.bytes, core.size};
}

/* See crash.h. */
#include "crash.h"
#include <lib/string.h>

/* ---- lines ---- */

static void crash_end_line(struct crash_lines *lines)
{
	if (lines->text.length > 0)
		lines->say(lines, &lines->text);
	lines->text.length = 0;
}

/* An item that doesn't fit goes into a new line. */
static void crash_add(struct crash_lines *lines, const struct text *item)
{
	if (lines->text.length + item->length > CRASH_LINE)
		crash_end_line(lines);
	memcpy(lines->text.bytes + lines->text.length, item->bytes, item->length);
	lines->text.length += item->length;
}

static void crash_say(struct crash_lines *lines, const char *what)
{
	struct text item = {.length = 0};

	text_add(&item, what);
	crash_add(lines, &item);
}

static void crash_number(struct crash_lines *lines, const char *what, uint64_t number)
{
	struct text item = {.length = 0};

	text_add(&item, what);
	text_number(&item, number);
	crash_add(lines, &item);
}

static void crash_hex(struct crash_lines *lines, const char *what, uint64_t number)
{
	struct text item = {.length = 0};

	text_add(&item, what);
	text_hex(&item, number);
	crash_add(lines, &item);
}

/* ---- what happened ---- */

/* The classes of ESR_EL1 that a program can cause, except aborts (Arm ARM, D17.2.37). */
static const struct {
	uint8_t number;
	const char *what;
} crash_classes[] = {
    {0x00, " an instruction that there isn't"},
    {0x07, " FP registers without kumiki,floating-point"},
    {0x0e, " an illegal state"},
    {0x18, " a system register that isn't a program's"},
    {0x22, " a PC that isn't aligned"},
    {0x26, " an SP that isn't aligned"},
    {0x3c, " a breakpoint instruction"},
};

static const char *crash_access(uint64_t esr)
{
	if ((esr >> 26 & 0x3f) == 0x20)
		return " executes ";
	return (esr & 1u << 6) != 0 ? " writes to " : " reads from ";
}

/* The fault status of an abort (Arm ARM, ISS encoding of a data abort). */
static const char *crash_status(uint64_t esr)
{
	switch (esr & 0x3f) {
	case 0x04:
	case 0x05:
	case 0x06:
	case 0x07:
		return ": nothing is there";
	case 0x0c:
	case 0x0d:
	case 0x0e:
	case 0x0f:
		return ": that isn't allowed";
	case 0x10:
		return ": no device is there";
	case 0x21:
		return ": that isn't aligned";
	default:
		return "";
	}
}

static void crash_fault(const struct rtos_crash *crash, struct crash_lines *lines)
{
	const uint64_t esr = crash->state[2];
	const unsigned class = esr >> 26 & 0x3f;

	if (class == 0x20 || class == 0x24) {
		crash_hex(lines, crash_access(esr), crash->state[3]);
		crash_say(lines, crash_status(esr));
	}
	for (size_t i = 0; i < sizeof(crash_classes) / sizeof(crash_classes[0]); i++)
		if (crash_classes[i].number == class)
			crash_say(lines, crash_classes[i].what);
	crash_end_line(lines);
	crash_hex(lines, " syndrome ", esr);
}

static void crash_how(const struct rtos_crash *crash, struct crash_lines *lines)
{
	switch (crash->state[0]) {
	case RTOS_PROCESS_EXITED:
		crash_number(lines, " exited with ", crash->state[2]);
		break;
	case RTOS_PROCESS_FAULTED:
		crash_fault(crash, lines);
		break;
	case RTOS_PROCESS_BROKE:
		crash_number(lines, " call ", crash->state[3]);
		crash_number(lines, " isn't its right: status ", crash->state[2]);
		break;
	default:
		crash_say(lines, " was killed: by its manager, or for a hang");
	}
	crash_end_line(lines);
}

static void crash_name(struct crash_lines *lines, const char *what, const char program[16])
{
	struct text item = {.length = 0};
	char name[16 + 1] = "";

	memcpy(name, program, sizeof(name) - 1);
	text_add(&item, what);
	text_add(&item, name);
	crash_add(lines, &item);
}

static void crash_who(const struct rtos_crash *crash, struct crash_lines *lines)
{
	crash_number(lines, "crash ", crash->number);
	crash_name(lines, ": ", crash->name);
	crash_number(lines, ", start ", crash->starts);
	crash_number(lines, ", at ", crash->ms);
	crash_say(lines, " ms");
	crash_end_line(lines);
}

/* ---- where ---- */

static void crash_where(const struct rtos_crash *crash, struct crash_lines *lines)
{
	if (crash->thread_count > 0) {
		crash_number(lines, " thread ", crash->threads[0].number);
		crash_hex(lines, " at ", crash->threads[0].x[RTOS_CRASH_PC]);
	}
	if (crash->answering != 0) {
		crash_number(lines, " answering call ", crash->answering);
		crash_name(lines, " of ", crash->asker);
	}
	if (crash->answering == 0 && crash->asker[0] != '\0')
		crash_name(lines, " working for ", crash->asker);
	crash_end_line(lines);
	if (crash->caller_count > 0)
		crash_say(lines, " returns to");
	for (uint32_t i = 0; i < crash->caller_count; i++)
		crash_hex(lines, " ", crash->callers[i]);
	crash_end_line(lines);
}

/* All registers that aren't 0. */
static void crash_registers(const struct rtos_crash *crash, struct crash_lines *lines)
{
	struct text name;

	for (uint32_t i = 0; crash->thread_count > 0 && i <= RTOS_CRASH_PSTATE; i++) {
		name = (struct text){.length = 0};
		text_add(&name, i == RTOS_CRASH_SP       ? " sp"
		                : i == RTOS_CRASH_PC     ? " pc"
		                : i == RTOS_CRASH_PSTATE ? " pstate"
		                                         : " x");
		if (i < RTOS_CRASH_SP)
			text_number(&name, i);
		text_add(&name, "=");
		text_hex(&name, crash->threads[0].x[i]);
		if (crash->threads[0].x[i] != 0)
			crash_add(lines, &name);
	}
	crash_end_line(lines);
}

static void crash_mappings(const struct rtos_crash *crash, struct crash_lines *lines)
{
	struct text item;

	for (uint32_t i = 0; i < crash->mapping_count; i++) {
		const struct rtos_crash_mapping *mapping = &crash->mappings[i];

		item = (struct text){.length = 0};
		text_add(&item, " ");
		text_hex(&item, mapping->address);
		text_add(&item, "+");
		text_number(&item, mapping->pages * (RTOS_PAGE_SIZE / 1024));
		text_add(&item, (mapping->rights & RTOS_RIGHT_EXECUTE) != 0 ? "K:x"
		                : (mapping->rights & RTOS_RIGHT_WRITE) != 0 ? "K:rw"
		                                                            : "K:r");
		crash_add(lines, &item);
	}
	crash_end_line(lines);
}

void crash_words(const struct rtos_crash *crash, struct crash_lines *lines)
{
	lines->text.length = 0;
	crash_who(crash, lines);
	crash_how(crash, lines);
	crash_where(crash, lines);
	crash_registers(crash, lines);
	crash_mappings(crash, lines);
}

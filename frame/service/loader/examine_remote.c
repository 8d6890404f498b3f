/*
 * The crash of a core of another architecture (docs/unlike-cores.md), from the words of its minder
 * and what its program left in the mailbox: see service/examine.h. Both may be false, but they can
 * deceive about their own partition only.
 */
#include <kumiki/remote.h>
#include <service/examine.h>

#define REMOTE_IN_LINE 4u

/* The mailbox in the loader's view, up to `text`. NULL: the minder didn't speak for the core, or
 * named a place outside the partition. Ranges are whole pages, and this part is shorter than a
 * page. So if its ends are as far apart as in the partition's view, all between them is there. */
static const struct remote_mailbox *remote_mailbox(const struct loader_info *info,
                                                   const struct stop_report *report)
{
	const uint64_t size = offsetof(struct remote_mailbox, text);
	uint64_t first, last;

	if (report->reason != STOP_CRASH || report->x[0] != REMOTE_SPEAKS ||
	    report->x[1] == REMOTE_NO_CRASH || report->x[1] >= REMOTE_CRASHES ||
	    report->x[2] % sizeof(uint32_t) != 0 || !walk_memory(info, report->x[2], &first) ||
	    !walk_memory(info, report->x[2] + size - 1, &last) || last - first != size - 1)
		return NULL;
	return (const struct remote_mailbox *)(uintptr_t)first;
}

/* FS[3:0] and FS[4] of a fault status register (Cortex-R5 TRM, 4.3.20). */
static const char *remote_fault(uint32_t status)
{
	switch ((status & 0xf) | (status >> 6 & 0x10)) {
	case 0x00:
		return " (no region of the MPU)";
	case 0x01:
		return " (misaligned)";
	case 0x02:
		return " (debug event)";
	case 0x08:
		return " (external abort)";
	case 0x0d:
		return " (permission)";
	case 0x16:
		return " (asynchronous external abort)";
	case 0x18:
	case 0x19:
		return " (parity)";
	default:
		return "";
	}
}

static void remote_word(struct examined *to, const char *name, uint32_t value)
{
	examined_text(to, name);
	examined_hex(to, value);
}

static void remote_general(struct examined *to, const volatile uint32_t *registers)
{
	static const char *const names[] = {"r0 ", "r1 ", "r2 ", "r3 ",  "r4 ",  "r5 ", "r6 ",
	                                    "r7 ", "r8 ", "r9 ", "r10 ", "r11 ", "r12 "};

	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		examined_text(to, i % REMOTE_IN_LINE == 0 ? "\n  " : "  ");
		remote_word(to, names[i], registers[i]);
	}
}

bool examine_remote(const struct loader_info *info, const struct stop_report *report,
                    struct examined *to)
{
	const struct remote_mailbox *box = remote_mailbox(info, report);
	const volatile uint32_t *registers;

	to->remote = REMOTE_NO_CRASH;
	if (box == NULL)
		return false;
	to->remote = (uint32_t)report->x[1];
	if (to->remote >= REMOTE_VECTORS)
		return true;
	registers = box->registers;
	remote_word(to, "  pc ", registers[REMOTE_PC]);
	remote_word(to, ", cpsr ", registers[REMOTE_CPSR]);
	remote_word(to, ", lr ", registers[REMOTE_LR]);
	remote_word(to, ", sp ", registers[REMOTE_SP]);
	remote_general(to, registers);
	remote_word(to, "\n  dfsr ", registers[REMOTE_DFSR]);
	if (to->remote == REMOTE_DATA)
		examined_text(to, remote_fault(registers[REMOTE_DFSR]));
	remote_word(to, ", dfar ", registers[REMOTE_DFAR]);
	remote_word(to, ", ifsr ", registers[REMOTE_IFSR]);
	if (to->remote == REMOTE_PREFETCH)
		examined_text(to, remote_fault(registers[REMOTE_IFSR]));
	remote_word(to, ", ifar ", registers[REMOTE_IFAR]);
	examined_text(to, "\n");
	return true;
}

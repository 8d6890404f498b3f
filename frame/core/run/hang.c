/* Looks whether another core gets on, whether text, tables and registers are as they were, and
 * whether an interrupt is lost; see run/hang.h. */
#include <frame/layout.h>
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/gic_cpu.h>
#include <machine/mail_interrupt.h>
#include <run/hang.h>
#include <run/wake_service.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/services.h>
#include <vgic/vgic.h>
#include <word/power.h>
#include <word/recover.h>
#include <word/timer.h>
#include <word/vcpu.h>

#define CLOSER_NS 4000000
#define SURE      250 /* looks in a row that make it sure: a second */

#define CORES_APART 5 /* pieces of the vectors, between two cores' looks */

#define ASK (1ULL << MAIL_SERVICE_ASK)

#define HANG_UART   VGIC_WORDS /* no word of a partition's interrupts */
#define HANG_TAKING (1ULL << 63)

/* From the linker. */
extern const uint8_t frame_text[], frame_text_end[], vectors[], trap_ways_back_end[];

static struct {
	uint32_t other;  /* the core that this one looks at */
	uint32_t looks;  /* its count, at this core's last look */
	uint32_t closer; /* looks since it was asked; 0: it wasn't */
	uint32_t step;   /* the next one */
	/* Looked lost at the last look: private interrupts, SPIs of the present word, the UART's.
	 */
	uint32_t private_lost, shared_lost, uart_lost;
	uint32_t hosts, words; /* partitions and words to look at: the first ones are the present */
	uint32_t fixed;        /* partitions whose fixed part is still to be looked at */
	uint64_t due;          /* TIMER_STUCK, when another core asked last */
	bool looking;          /* at this core itself */
	uint64_t found; /* the lost interrupts for which a look fails; 0: it fails for others */
} hang CORE_LOCAL;

/* Returns the next core that is on; or this one. */
static uint32_t next_on(void)
{
	uint32_t next = core.index;

	do {
		next = next + 1 < core_bundle->cores.count ? next + 1 : 0;
	} while (next != core.index && power_is_dark(next));
	return next;
}

static bool have_all_started(void)
{
	return RELAXED(shared_memory->recovery.started) == (1u << core_bundle->cores.count) - 1;
}

/* A core that is off isn't switched on: then the message is taken back. */
static void ask(uint32_t index)
{
	uint64_t *word = &shared_memory->box[index].word[MAIL_SERVICE];

	__atomic_fetch_or(word, ASK, __ATOMIC_SEQ_CST);
	if (power_is_dark(index)) {
		__atomic_fetch_and(word, ~ASK, __ATOMIC_SEQ_CST);
		return;
	}
	mail_interrupt(core.mail_target[index], GIC_CLASSES - 1);
	hang.closer = 1;
	timer_set(TIMER_HANG, timer_now() + timer_ticks(CLOSER_NS));
}

/* Returns the place of the look's piece, among all text and constants. Each core looks at all of
 * them; cores begin at different places. */
static uint64_t next_piece(uint32_t looks)
{
	const uint32_t text = (uint32_t)(frame_text_end - frame_text);
	const uint32_t pieces = (text + IMAGE_START - IMAGE_CONSTANTS) / IMAGE_PIECE;
	const uint32_t first = core.index * (pieces / BUNDLE_CORES_MAX);
	uint64_t at = (uint64_t)((looks + first) % pieces) * IMAGE_PIECE;

	return at < text ? at : at + IMAGE_CONSTANTS - text;
}

/* The same among the vectors alone: a crash needs them before it compares the text. */
static uint64_t next_vectors(uint32_t looks)
{
	const uint32_t size = (uint32_t)(trap_ways_back_end - vectors);
	const uint32_t piece = (looks + core.index * CORES_APART) % (size / IMAGE_PIECE + 1);

	return (uint64_t)(vectors - frame_text) + (uint64_t)piece * IMAGE_PIECE;
}

/* Returns 0 if the piece is as in the pristine frame. */
static uint64_t compare(uint64_t at)
{
	const uint64_t *is = (const uint64_t *)(LAYOUT_TEXT + at);
	const uint64_t *was = (const uint64_t *)(LAYOUT_PRISTINE + at);
	uint64_t differs = 0;

	for (uint32_t i = 0; i < IMAGE_PIECE / sizeof(uint64_t); i += 4)
		differs |= (is[i] ^ was[i]) | (is[i + 1] ^ was[i + 1]) | (is[i + 2] ^ was[i + 2]) |
		           (is[i + 3] ^ was[i + 3]);
	return differs;
}

static bool are_pristine(void)
{
	return shared_memory->update.pristine != 0;
}

static void look_at_text(uint32_t looks)
{
	if (are_pristine() && (compare(next_piece(looks)) | compare(next_vectors(looks))) != 0)
		__builtin_trap();
}

static void look_at_services(uint32_t looks)
{
	const struct parity parity = services_parity();

	if (are_pristine() && !parity_holds(&parity, looks % parity.pieces))
		__builtin_trap();
}

static void look_at_tables(uint32_t looks)
{
	if (tables_differ(looks % TABLES_PIECES))
		__builtin_trap();
}

/* What only the start writes of a partition that may run here: of one partition at a look. */
static void look_at_partitions(void)
{
	const uint64_t *is, *was;
	uint64_t differs = 0;
	uint32_t p;

	hang.fixed &= hang.fixed - 1;
	if (hang.fixed == 0)
		hang.fixed = core.hosts;
	if (hang.fixed == 0)
		return;
	p = (uint32_t)__builtin_ctz(hang.fixed);
	is = (const uint64_t *)&partition_at(p)->index;
	was = (const uint64_t *)partition_pristine(p, index);
	for (uint32_t i = 0; i < PARTITION_FIXED_SIZE / sizeof(uint64_t); i++)
		differs |= is[i] ^ was[i];
	if (differs != 0)
		__builtin_trap();
}

static void look_at_registers(void)
{
	if (context_core_differs() || gic_core_differs())
		__builtin_trap();
}

/* Twice in a row is sure. `where`: in which word of interrupts. */
static void must_not_last(uint32_t *before, uint32_t lost, uint32_t where)
{
	if ((*before & lost) != 0) {
		hang.found = (uint64_t)(core.index << 16 | where) << 32 | (*before & lost);
		__builtin_trap();
	}
	*before = lost;
}

static void next_partition(void)
{
	hang.hosts &= hang.hosts - 1;
	if (hang.hosts == 0)
		hang.hosts = core.hosts;
	if (hang.hosts != 0)
		hang.words = partition_at((uint32_t)__builtin_ctz(hang.hosts))->vgic.owned_words;
}

/* Looks at a word of a partition's SPIs, or goes on to the next partition. */
static void look_at_shared(void)
{
	uint32_t word;

	if (hang.words == 0) {
		next_partition();
		return;
	}
	word = (uint32_t)__builtin_ctz(hang.words);
	must_not_last(&hang.shared_lost,
	              vgic_lost_shared(partition_at((uint32_t)__builtin_ctz(hang.hosts)), word,
	                               gic_active(gic_spis(word))),
	              word);
	if (hang.shared_lost == 0)
		hang.words &= hang.words - 1;
}

/* This is in the timer's interrupt: of the frame's own private interrupts no other one is active,
 * and no priority is still to be dropped. */
static void look_at_interrupts(void)
{
	const uint32_t timer = 1u << core_bundle->board.hyp_timer_intid;
	uint32_t active = gic_active(gic_private());

	if (RELAXED(shared_memory->recovery.blind) != 0)
		return;
	if (gic_is_taking()) {
		hang.found = HANG_TAKING;
		__builtin_trap();
	}
	must_not_last(&hang.private_lost,
	              vgic_lost_private(active) | (active & core.own[0] & ~timer), 0);
	must_not_last(&hang.uart_lost, service_has_lost_interrupt(), HANG_UART);
	look_at_shared();
}

/* Each look has one of them. */
static void look_at_kept(uint32_t looks)
{
	if (looks % 2 != 0)
		look_at_services(looks / 2);
	else if (looks % 4 == 0)
		look_at_tables(looks / 4);
	else
		look_at_partitions();
}

/* Compares what it finds with what this core's last look found. */
static void look_at_other(void)
{
	uint32_t other = next_on(), looks = RELAXED(shared_memory->looks[other]);
	bool gets_on = other != hang.other || looks != hang.looks;

	if (hang.closer != 0 && core.deadline[TIMER_HANG] != TIMER_NEVER)
		return;
	hang.closer = 0; /* the core may have been off since it asked */
	hang.other = other;
	hang.looks = looks;
	if (!gets_on && other != core.index && have_all_started())
		ask(other);
}

/* A step that fails isn't done again, and what it looked at isn't the next look's. */
bool hang_look(void)
{
	const uint32_t step = hang.step, looks = RELAXED(shared_memory->looks[core.index]);

	hang.step = (step + 1) % HANG_STEPS;
	hang.looking = true;
	hang.found = 0;
	switch (step) {
	case 0:
		__atomic_fetch_add(&shared_memory->looks[core.index], 1, __ATOMIC_RELAXED);
		look_at_registers();
		look_at_text(looks);
		break;
	case 1:
		look_at_kept(looks);
		break;
	default:
		look_at_interrupts();
	}
	hang.looking = false;
	if (hang.step == 0)
		look_at_other();
	return hang.step != 0;
}

void hang_look_closer(void)
{
	const struct mailbox *box = &shared_memory->box[hang.other];

	if ((__atomic_load_n(&box->word[MAIL_SERVICE], __ATOMIC_SEQ_CST) & ASK) == 0) {
		hang.closer = 0;
		return;
	}
	if (hang.closer < SURE) {
		hang.closer++;
		timer_set(TIMER_HANG, timer_now() + timer_ticks(CLOSER_NS));
		return;
	}
	hang.closer = 0;
	hung_in_start(hang.other);
}

void hang_asked(void)
{
	uint64_t due = core.deadline[TIMER_STUCK];

	if (due == hang.due && (due == TIMER_NEVER || due <= timer_now())) {
		hang.looking = true;
		hang.found = 0;
		__builtin_trap();
	}
	hang.due = due;
}

AT_START bool hang_is_looking(void)
{
	return hang.looking;
}

AT_START uint64_t hang_found(void)
{
	return hang.looking ? hang.found : 0;
}

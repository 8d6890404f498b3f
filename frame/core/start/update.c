/*
 * The exchange of the frame for the one that lies in the spare area: a recovery with another text
 * (docs/update.md). The updater's call begins it, on the console's core. All cores rest as after a
 * crash, and meet in the exchange's page (exchange.S). There the console's core exchanges image and
 * spare area, and all enter the other frame. If that one crashes while it takes over, or within
 * UPDATE_TRIAL_NS, the same exchange brings the old one back.
 */
#include <frame/hardware.h>
#include <frame/image.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <lib/update.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <run/progress.h>
#include <start/pristine.h>
#include <start/recover.h>
#include <start/service_text.h>
#include <start/update.h>
#include <state/core.h>
#include <word/recover.h>
#include <word/timer.h>

#define MAIL_ASK     (1ULL << MAIL_SERVICE_ASK)
#define update_words (&shared_memory->update)
#define recovery     (&shared_memory->recovery)
#define last_update  (&shared_memory->accounts.update)
#define spare_image  ((const void *)LAYOUT_SPARE)

static uint32_t phase_now(void)
{
	return __atomic_load_n(&update_words->phase, __ATOMIC_SEQ_CST);
}

static void set_phase(enum update_phase phase)
{
	__atomic_store_n(&update_words->phase, phase, __ATOMIC_SEQ_CST);
}

static bool is_recent(uint64_t now)
{
	return last_update->outcome != UPDATE_NONE &&
	       now - last_update->ended < timer_ticks(UPDATE_TRIAL_NS);
}

static const char *spare_version(void)
{
	return (const char *)spare_image + sizeof(struct arm64_image_header) +
	       offsetof(struct frame_header, version);
}

/* ---- the beginning ---- */

/* A core that is asked may hang: run/hang.c. */
static bool is_on(uint32_t index)
{
	const struct mailbox *box = &shared_memory->box[index];

	return RELAXED(box->dark) == 0 && (RELAXED(box->word[MAIL_SERVICE]) & MAIL_ASK) == 0 &&
	       (RELAXED(box->told) != SERVICE_POWER_OFF ||
	        shared_memory->accounts.core[index].refused != 0);
}

/* True: all cores are on and stay on. Only this core has others go and come. What a core that is
 * off keeps in .core is of the old frame. */
static bool are_cores_on(void)
{
	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		if (!is_on(i))
			return false;
	return true;
}

/* True: no core was off when all were called to rest. A core that comes on meanwhile would find
 * another frame's .core. */
static bool takes_all(void)
{
	return (recovery->off & recover_all_cores()) == 0;
}

/* This frame may be needed again. So damage to its text, and to its services', is made anew; the
 * updater's answer tells it. */
static enum update_fault mend_text(void)
{
	const bool mended = (pristine_mend() | service_text_mend_all()) != 0;

	if (update_words->pristine == 0)
		return UPDATE_LOST;
	return mended ? UPDATE_MENDED : UPDATE_OK;
}

static enum update_fault check(uint64_t size)
{
	enum update_fault fault;

	if (update_words->has_spare == 0)
		return UPDATE_NO_SPARE;
	if (is_recent(timer_now()))
		return UPDATE_BUSY;
	if (!are_cores_on())
		return UPDATE_CORE;
	fault = update_fault_of(&frame_header, spare_image, size);
	return fault != UPDATE_OK ? fault : mend_text();
}

uint64_t update_begin(uint64_t size)
{
	enum update_fault fault = check(size);

	if (fault != UPDATE_OK)
		return fault;
	if (!recover_claim(timer_now()))
		return UPDATE_BUSY;
	memcpy(last_update->before, frame_header.version, sizeof(last_update->before));
	memcpy(last_update->after, spare_version(), sizeof(last_update->after));
	recover_call_others();
	if (takes_all())
		set_phase(UPDATE_GOES); /* otherwise this is a recovery of the same frame */
	rest_in_start();
}

/* ---- the way back ---- */

/* True: in this phase a new frame isn't kept yet: if it crashes now, the old one comes back. */
static bool is_on_trial(uint32_t phase, uint64_t now)
{
	if (phase == UPDATE_QUIET)
		return last_update->outcome == UPDATE_DONE && is_recent(now);
	return phase == UPDATE_TRIES || phase == UPDATE_CLAIMS || phase == UPDATE_TURNS;
}

/* While the new frame takes over, the update's recovery becomes that of the crash. */
static bool claim_turn(uint32_t phase, uint64_t now)
{
	if (phase == UPDATE_QUIET)
		return recover_claim(now);
	if (phase != UPDATE_TRIES ||
	    !__atomic_compare_exchange_n(&update_words->phase, &phase, UPDATE_CLAIMS, false,
	                                 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	recover_take_over(now);
	return true;
}

/* Waits for a recovery that is about to end, or for the core that has claimed the way back. */
bool update_crashed(uint64_t now)
{
	uint32_t phase = phase_now();

	while (is_on_trial(phase, now) && timer_now() - now < timer_ticks(UPDATE_TRIAL_NS)) {
		if (phase == UPDATE_TURNS)
			rest_in_start();
		if (phase == UPDATE_QUIET && recover_is_called())
			return false;
		if (claim_turn(phase, now))
			return true;
		wait_pause();
		phase = phase_now();
	}
	return false;
}

void update_turn(void)
{
	set_phase(takes_all() ? UPDATE_TURNS : UPDATE_QUIET);
}

bool update_keeps_cores(void)
{
	return phase_now() != UPDATE_QUIET || is_on_trial(UPDATE_QUIET, timer_now());
}

bool update_is_turning(void)
{
	while (phase_now() == UPDATE_CLAIMS)
		wait_pause();
	return phase_now() == UPDATE_TURNS;
}

const char *update_unfit(void)
{
	if (phase_now() != UPDATE_TURNS ||
	    (update_fault_of(&frame_header, spare_image, IMAGE_ROOM) == UPDATE_OK &&
	     pristine_was_spare()))
		return 0;
	return "the old frame isn't in the spare area any more";
}

/* ---- the exchange ---- */

typedef void enter_function(uint64_t root);
typedef void exchange_function(uint64_t root, uint64_t entry, struct update *shared, uint32_t own,
                               uint32_t all, uint64_t image, uint64_t spare, uint64_t size);

void update_enter(void)
{
	const uint64_t root = sysreg_read(ttbr0_el2);
	const uint64_t entry = core_bundle->image_base + IMAGE_REENTER;
	const uint32_t phase = phase_now(), own = 1u << core.index; /* `core` is cleared below */
	uint64_t image = 0;

	progress_watch();
	if (phase == UPDATE_QUIET)
		((enter_function *)entry)(root);
	if (core.index == core_bundle->console_core) {
		image = LAYOUT_IMAGE;
		pristine_renew();
		set_phase(phase == UPDATE_GOES ? UPDATE_TRIES : UPDATE_RETURNS);
	}
	memset((void *)LAYOUT_LOCAL, 0, LAYOUT_BOOT_CORE_SIZE); /* the next frame has another one */
	((exchange_function *)LAYOUT_EXCHANGE)(root, entry, update_words, own, recover_all_cores(),
	                                       image, LAYOUT_SPARE, IMAGE_ROOM);
	__builtin_unreachable();
}

_Noreturn static void turn_back(void)
{
	(void)update_is_turning();
	rest_in_start();
}

bool update_end(uint64_t now)
{
	uint32_t phase = UPDATE_TRIES;
	bool is_back = phase_now() == UPDATE_RETURNS;

	if (phase_now() == UPDATE_QUIET)
		return true;
	last_update->outcome = is_back ? UPDATE_BACK : UPDATE_DONE;
	last_update->began = recovery->began;
	last_update->ended = now;
	shared_memory->accounts.frame = frame_header;
	if (is_back)
		set_phase(UPDATE_QUIET);
	else if (!__atomic_compare_exchange_n(&update_words->phase, &phase, UPDATE_QUIET, false,
	                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		turn_back(); /* another core has failed in the meantime */
	__atomic_store_n(&last_update->count, last_update->count + 1, __ATOMIC_RELEASE);
	return is_back;
}

/*
 * The frame's last words, and the machine's end or reset. While guests run this isn't mapped. So
 * stop_machine() and the vectors go through head.S, which first returns to the tables of the way
 * in.
 */
#include <frame/hardware.h>
#include <frame/image.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <machine/crash.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>
#include <machine/wait.h>
#include <state/core.h>
#include <state/shared.h>

#define WAIT_S        3
#define RESET_AFTER_S 60

#define last_words (&shared_memory->last_words)

/* It isn't before this core has its tables. */
static bool shared_is_mapped(void)
{
	return core.root != 0;
}

/* Cores may fail together. One of them speaks, and ends the machine. The others wait for that, and
 * go on only if it doesn't come. */
static bool claim_speech(void)
{
	const uint64_t end = sysreg_read(cntpct_el0) + WAIT_S * sysreg_read(cntfrq_el0);
	uint64_t now;

	if (__atomic_exchange_n(&shared_memory->recovery.speaks, 1, __ATOMIC_SEQ_CST) == 0)
		return true;
	do {
		wait_pause();
		now = sysreg_read(cntpct_el0);
	} while (now < end);
	return false;
}

/*
 * The last words go to the UART itself, as nobody reads the console's ring any more. During the
 * start, the frame prints there already. If a partition owns the UART, EL2 maps it only now.
 */
void report_last_words(void)
{
	if (print_is_direct())
		return;
	if (core_bundle->board.uart_base != 0)
		print_to_uart((va_t){LAYOUT_UART}, frame_header.uart_registers);
	else if (frame_header.uart_base != 0)
		print_to_uart(window_open_device(pa_at(frame_header.uart_base)),
		              frame_header.uart_registers);
	/* If this fails, the next failure's words go to the UART at once. */
	if (shared_is_mapped() && claim_speech())
		print_keep(last_words->text, sizeof(last_words->text));
}

/* Not soon after the start: a machine that fails each time would be reset for ever. */
static bool is_to_be_reset(void)
{
	return shared_is_mapped() && (core_bundle->flags & BUNDLE_RESETS) != 0 &&
	       sysreg_read(cntpct_el0) - last_words->began >=
	           RESET_AFTER_S * sysreg_read(cntfrq_el0);
}

static void keep_last_words(void)
{
	last_words->size = print_kept();
	last_words->crc = crc32c(0, last_words->text, last_words->size);
	last_words->magic = LAST_WORDS_MAGIC;
	hw_clean_invalidate_to_poc(last_words, sizeof(*last_words));
}

_Noreturn void end_machine(const char *why)
{
	report_last_words();
	print("kumiki: %s\n", why);
	if (is_to_be_reset()) {
		print("kumiki: the machine is reset\n");
		if (print_kept() != 0)
			keep_last_words();
		firmware_reset();
		print("kumiki: the firmware can't reset it\n");
	}
	print("kumiki: the machine stops here\n");
	firmware_off();
}

_Noreturn void end_machine_silently(void)
{
	if (is_to_be_reset())
		firmware_reset();
	firmware_off();
}

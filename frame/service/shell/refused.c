/*
 * Accesses to memory that devices tried and weren't allowed, in words. The frame's log
 * (kumiki/dma.h) has a few of each second. Records from before this service's start aren't said: an
 * earlier life may have said them.
 */
#include <kumiki/dma.h>
#include <lib/bundle.h>
#include <shell/shell.h>

static const struct dma_log *refused_log(const struct console *console)
{
	return (const struct dma_log *)(uintptr_t)console->info->dma_log;
}

static uint32_t refused_next(const struct console *console)
{
	return __atomic_load_n(&refused_log(console)->next, __ATOMIC_ACQUIRE);
}

void refused_start(struct shell *shell)
{
	if (shell->console->info->dma_log != 0)
		shell->refused = refused_next(shell->console);
}

static void refused_function(const struct console *console, const struct dma_record *record,
                             struct words *words)
{
	const struct bundle_header *bundle = tables_bundle(console);
	uint32_t owner = bundle_function_owner(bundle, record->function);

	words_text(words, console->name[owner]);
	words_text(words, ": its device ");
	words_name(words, bundle_functions(bundle)[record->function].label, BUNDLE_LABEL_SIZE);
}

static void refused_address(const struct console *console, const struct dma_record *record,
                            struct words *words)
{
	const struct bundle_header *bundle = tables_bundle(console);

	words_hex(words, record->write ? " was refused a write to " : " was refused a read of ",
	          record->address);
	if (record->function < bundle->functions.count)
		report_owner(console, (uint8_t)bundle_function_owner(bundle, record->function),
		             record->address, words);
}

static void refused_say(struct shell *shell, const struct dma_record *record)
{
	struct words words = words_in(shell->words, sizeof(shell->words));

	if (record->function < tables_bundle(shell->console)->functions.count) {
		refused_function(shell->console, record, &words);
	} else {
		words_hex(&words, "a device that nobody owns, stream ", record->stream);
		words_text(&words, ",");
	}
	refused_address(shell->console, record, &words);
	if (record->refusal == DMA_BROKEN)
		words_text(&words, "; the tables that allow its accesses are broken");
	words_put(&words, '\n');
	say_words(shell->console, &words);
}

bool refused_look(struct shell *shell)
{
	uint32_t next;
	struct dma_record record;

	if (shell->console->info->dma_log == 0 || !shell->console->own)
		return false;
	next = refused_next(shell->console);
	if (next == shell->refused)
		return false;
	if (next - shell->refused > DMA_RECORDS / 2) /* older ones may be overwritten meanwhile */
		shell->refused = next - DMA_RECORDS / 2;
	record = refused_log(shell->console)->records[shell->refused++ % DMA_RECORDS];
	refused_say(shell, &record);
	return true;
}

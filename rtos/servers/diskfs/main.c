/*
 * The disk file system's server. It takes calls, and commits what they changed: when a client asks
 * for it, when there is no room for more, and after a second (docs/rtos/disk-files.md).
 */
#include "blocks.h"
#include "kept.h"
#include "mapped.h"
#include "mount.h"
#include "operate.h"
#include <kumiki/rtos/note.h>
#include <lib/string.h>
#include <rtos/block.h>
#include <rtos/buffer.h>
#include <rtos/console.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

RTOS_NOTE(RTOS_NOTE_PARTS, RTOS_PARTS_WHOLE);

#define MAIN_QUIET_MS  1    /* time without a call, before a piece of unfinished work is done */
#define MAIN_COMMIT_MS 1000 /* time from a change to its commit */
#define MAIN_LOG_PART  4    /* the log has this part of the kept memory */

/* Where lent pages are seen: below what the supervisor gives, behind the program, so that a table
 * is there already. */
#define MAIN_LENT 0x1e0000ULL

static struct diskfs main_fs;
static struct disk main_disk;
static struct kept main_kept;
static struct mapped main_mapped;
static uint64_t main_accepts;     /* pages that a call lends, in a window */
static rtos_handle_t main_memory; /* the kept memory, for showing its pages */
static bool main_shows;           /* a window has shown some of them */
static struct buffers main_buffers;
static bool main_no_sums;
static uint32_t main_looked; /* the slot at whose sum the next probe looks first */
static uint64_t main_due;    /* when changes are committed; 0: there are none */

static _Noreturn void main_refuse(const char *wrong, const char *more)
{
	struct text text = {.length = 0};

	text_add(&text, sys_program->name);
	text_add(&text, ": ");
	text_add(&text, wrong);
	text_add(&text, more);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

/* How many bytes of the kept memory the log has, from its beginning on. */
static uint64_t main_log(const struct rtos_given *keep)
{
	return keep->size / MAIN_LOG_PART / DISKFS_BLOCK * DISKFS_BLOCK;
}

/* ---- calls ---- */

static inline void main_copy(uint64_t to[RTOS_WORDS], const uint64_t from[RTOS_WORDS])
{
	const uint64_t a = from[0], b = from[1], c = from[2], d = from[3];
	const uint64_t e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

static void main_serve(struct sys_message *message)
{
	const struct buffer *buffer = buffer_of(&main_buffers, message->badge);
	struct diskfs_call call = {.identity = message->identity,
	                           .token = message->token,
	                           .deliveries = message->deliveries,
	                           .no_sums = main_no_sums,
	                           .buffer = buffer->bytes,
	                           .buffer_size = buffer->size};

	if (RTOS_PAYLOAD_KIND(message->payload) == RTOS_PAYLOAD_LENDS) {
		call.lent = (const uint8_t *)MAIN_LENT;
		call.lent_pages = RTOS_PAYLOAD_PAGES(message->payload);
	}
	main_copy(call.word, message->word);
	operate(&main_fs, &call);
	/* The call stays open. The next server answers it, from the disk. */
	if (call.wrong)
		main_refuse("what it has in memory is damaged", "; it begins again");
	/* The call may have been damaged on its way. Then the kernel delivers it once more. */
	if (operate_is_doubtful(&call) && sys_again(message->identity, message->token) == RTOS_OK)
		message->identity = 0;
	else
		main_copy(message->word, call.word);
}

/* ---- pages for programs ---- */

static bool main_show(const struct diskfs_call *call, uint32_t at, uint32_t count,
                      const uint64_t pages[RTOS_WORDS])
{
	if (sys_show(main_memory, at, count, pages, call->identity, call->token) != RTOS_OK)
		return false;
	main_shows = true;
	return true;
}

/* Nothing may change that a window perhaps still shows. */
static void main_must_hide(enum rtos_status status)
{
	if (status != RTOS_OK)
		main_refuse("its pages can't be hidden from programs", "");
}

static uint32_t main_hide(uint32_t page, uint32_t at)
{
	uint64_t windows = 0;

	if (!main_shows) /* the memory may be one that can't be shown at all */
		return 0;
	main_must_hide(sys_do(RTOS_HIDE, main_memory, page, at, 0, 0, 0, &windows));
	return (uint32_t)windows;
}

static void main_hide_all(void)
{
	main_must_hide(sys_do(RTOS_HIDE, main_memory, RTOS_HIDE_ALL, 0, 0, 0, 0, NULL));
}

static void main_map(const struct rtos_given *keep)
{
	main_mapped = (struct mapped){
	    .page = (uint32_t)((uint64_t)(mount_cache(&main_fs) - (uint8_t *)keep->address) /
	                       DISKFS_BLOCK),
	    .show = main_show,
	    .hide = main_hide,
	    .hide_all = main_hide_all};
	if (keep->size / DISKFS_BLOCK <= RTOS_SHOW_ZEROS)
		main_fs.mapped = main_fs.cache.mapped = &main_mapped;
}

/* ---- the probe ---- */

/* Whether the root is a directory, and its own directory. A disk that fails counts as right, too.
 */
static bool main_finds_root(void)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_STATE, FS_ROOT)}};

	operate(&main_fs, &call);
	return call.word[0] == FS_OK ? call.word[1] == FS_DIRECTORY && call.word[3] == FS_ROOT
	                             : call.word[0] == FS_FAILED;
}

/* Answers the probe. If the disk fails, a restart mends nothing. */
static __attribute__((noinline)) void main_probe(struct sys_message *message)
{
	if (!cache_is_sound(&main_fs.cache, mount_cache(&main_fs)) ||
	    !cache_sums_good(&main_fs.cache, &main_looked))
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, main_finds_root() ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

/* Reads "logs=16M": the directory /logs has at most that much. */
static bool main_quota(const char *argument, uint64_t name[FS_NAME_WORDS], uint32_t *blocks)
{
	const char *at = argument;
	uint64_t size = 0;
	size_t length;

	while (*at != '=' && *at != '\0')
		at++;
	length = (size_t)(at - argument);
	if (*at++ == '\0' || length >= FS_NAME)
		return false;
	memset(name, 0, FS_NAME);
	memcpy(name, argument, length);
	while (*at >= '0' && *at <= '9' && size < UINT32_MAX)
		size = size * 10 + (uint64_t)(*at++ - '0');
	size <<= *at == 'G' ? 30 : *at == 'M' ? 20 : 10;
	*blocks = size / DISKFS_BLOCK < DISKFS_BLOCKS_MAX ? (uint32_t)(size / DISKFS_BLOCK) : 0;
	return *blocks != 0 && (*at == 'G' || *at == 'M' || *at == 'K') && at[1] == '\0';
}

static const char *main_quota_wrong(enum fs_status status)
{
	switch (status) {
	case FS_BAD:
		return "a quota is written \"logs=16M\", not: ";
	case FS_OK:
	case FS_READ_ONLY:
		return NULL;
	case FS_NOT_EMPTY:
		return "a directory that has files already gets no quota: ";
	case FS_NOT_DIRECTORY:
		return "no directory, so it gets no quota: ";
	default:
		return "no quota can be set, as the disk is full or fails: ";
	}
}

static void main_quotas(void)
{
	uint32_t count;
	const char *argument = sys_arguments(&count);

	for (uint32_t i = 0; i < count; i++, argument += string_length(argument) + 1) {
		uint64_t name[FS_NAME_WORDS];
		enum fs_status status = FS_BAD;
		const char *wrong;
		uint32_t blocks;

		if (main_quota(argument, name, &blocks))
			status = operate_quota(&main_fs, name, blocks);
		wrong = main_quota_wrong(status);
		if (wrong)
			main_refuse(wrong, argument);
	}
}

static void main_mount(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const uint64_t log = keep ? main_log(keep) : 0;
	const char *wrong;

	if (keep && keep->size / BLOCK_PAGE > BLOCK_PAGE_LIMIT)
		main_refuse("its kumiki,keep is too large", ": 256M is the most");
	if (!keep || !kept_open(&main_kept, (void *)keep->address, log))
		main_refuse("its kumiki,keep is too small", ": 640K is the least");
	wrong = blocks_open(&main_disk);
	if (wrong)
		main_refuse(wrong, "");
	/* Windows may still show what an earlier server had in memory. */
	main_memory = keep->handle;
	main_hide_all();
	switch (mount_open(&main_fs, &main_disk, &main_kept, (uint8_t *)keep->address + log,
	                   keep->size - log, &wrong)) {
	case MOUNT_GOOD:
		blocks_mounted();
		main_map(keep);
		return;
	case MOUNT_NONE:
		main_refuse("the disk: ", wrong);
	case MOUNT_MEMORY:
		main_refuse("its kumiki,keep is too small", ": 640K is the least");
	default:
		main_refuse("what it kept is damaged: ", wrong);
	}
}

/* What FS_COMMIT lends. */
static void main_accept(void)
{
	uint64_t window;

	if (sys_do(RTOS_WINDOW_CREATE, 0, MAIN_LENT, FS_MAP_COPIES, 0, 0, 0, &window) != RTOS_OK)
		main_refuse("it can't have a window for pages that are lent", "");
	main_accepts = RTOS_ACCEPT_PAGES(window);
}

/* ---- between calls ---- */

static __attribute__((noinline)) uint64_t main_commit(void)
{
	if (main_due == 0)
		main_due = sys_now() + sys_ticks(MAIN_COMMIT_MS);
	if (sys_now() >= main_due) {
		(void)operate_sync(&main_fs);
		main_due = operate_is_unsaved(&main_fs) ? sys_now() + sys_ticks(MAIN_COMMIT_MS) : 0;
	}
	return main_due;
}

static uint64_t main_earlier(uint64_t one, uint64_t other)
{
	if (one == 0 || other == 0)
		return one + other;
	return one < other ? one : other;
}

/* Does what is due without a call. Returns when there is more to do. */
static __attribute__((noinline)) uint64_t main_work(bool quiet, uint64_t beat)
{
	uint64_t until = beat;

	if (quiet && operate_is_unfinished(&main_fs))
		operate_finish(&main_fs);
	if (operate_is_unsaved(&main_fs))
		until = main_earlier(until, main_commit());
	else
		main_due = 0;
	if (operate_is_unfinished(&main_fs))
		until = main_earlier(until, sys_now() + sys_ticks(MAIN_QUIET_MS));
	return until;
}

int main(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};
	uint64_t beat = 0, until;

	main_buffers.port = port->name;
	main_no_sums = sys_given(RTOS_GIVEN_NO_SUMS, NULL, 0) != NULL;
	main_mount();
	main_quotas();
	main_accept();
	until = main_work(false, beat);
	sys_well();
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait_accepting(port->handle, &message, main_accepts, until);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&message);
		else if (status == RTOS_OK)
			main_serve(&message);
		until = beat;
		if (operate_is_unsaved(&main_fs) || main_fs.root.orphan != 0)
			until = main_work(status != RTOS_OK, beat);
	}
}

/* See ledger.h. */
#include "ledger.h"
#include <errno.h>
#include <fcntl.h>
#include <lib/gatelog.h>
#include <lib/sha256.h>
#include <pthread.h>
#include <rtos/clock.h>
#include <rtos/keep.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_LOG     "/disk/gateway.log"
#define LEDGER_RULES   "/disk/gateway.rules"
#define LEDGER_VERSION 2
#define LEDGER_BATCH   32   /* records of one write */
#define LEDGER_LOOK    1000 /* milliseconds between two looks at the rules */
#define LEDGER_TELL    20   /* looks until the head is told again */

static struct {
	const uint8_t *key;
	struct pending *pending;
	struct ledger_rules *rules;
	struct keep keep;
	struct ledger_head head;
	bool known;               /* the head is known; if not, the log's last record tells it */
	bool looked;              /* the log was looked at */
	const char *halt;         /* why nothing passes; NULL: nothing is wrong */
	int log;                  /* open while the thread works on it */
	int wrong;                /* errno of the last write that failed; 0: none did */
	uint64_t told;            /* the head's number when it was last told */
	uint8_t sum[SHA256_SIZE]; /* of the rules' text that was last read */
	char text[RULES_TEXT + 1];
	struct gatelog_record batch[LEDGER_BATCH];
} ledger;

/* ---- the log ---- */

static off_t ledger_place(uint64_t number)
{
	return (off_t)(number * sizeof(struct gatelog_record));
}

/* From the counter's time to people's time; 0: nobody knows it. */
static uint64_t ledger_offset(void)
{
	struct clock_base base = {0};

	return clock_read(&base) == CLOCK_OK ? base.offset : 0;
}

/* Numbers and seals pending records in the batch, from that head on. */
static uint32_t ledger_seal(struct ledger_head *head)
{
	const uint64_t offset = ledger_offset();
	uint64_t count = pending_count(ledger.pending);

	count = count < LEDGER_BATCH ? count : LEDGER_BATCH;
	for (uint32_t i = 0; i < count; i++) {
		struct gatelog_record *record = &ledger.batch[i];

		*record = ledger.pending->record[head->taken++ % PENDING_MOST];
		record->number = head->next++;
		record->from += offset;
		record->until += offset;
		gatelog_seal(ledger.key, head->seal, record);
		memcpy(head->seal, record->seal, sizeof(head->seal));
	}
	return (uint32_t)count;
}

static bool ledger_store(const void *bytes, size_t size, off_t at)
{
	return lseek(ledger.log, at, SEEK_SET) == at &&
	       write(ledger.log, bytes, size) == (ssize_t)size && fsync(ledger.log) == 0;
}

static bool ledger_load(struct gatelog_record *record, uint64_t number)
{
	const off_t at = ledger_place(number);

	return lseek(ledger.log, at, SEEK_SET) == at &&
	       read(ledger.log, record, sizeof(*record)) == (ssize_t)sizeof(*record);
}

/* Tells once that the log can't be written. */
static void ledger_note(bool good)
{
	if (!good && ledger.wrong != errno)
		fprintf(stderr,
		        "gateway: %s: %s; when %d records wait, nothing new passes, and after ten "
		        "seconds nothing at all\n",
		        LEDGER_LOG, strerror(errno), PENDING_MOST - PENDING_SPARE);
	if (good && ledger.wrong != 0)
		fprintf(stderr, "gateway: %s can be written again\n", LEDGER_LOG);
	ledger.wrong = good ? 0 : errno;
}

/* Writes the batch's records, and then the head after them. */
static bool ledger_put(const struct ledger_head *head, uint32_t count)
{
	const off_t at = ledger_place(head->next - count);
	bool good;

	errno = 0;
	good = ledger_store(ledger.batch, count * sizeof(ledger.batch[0]), at);
	if (!good && errno == 0)
		errno = ENOSPC; /* a part was written */
	ledger_note(good);
	if (!good)
		return false;
	ledger.head = *head;
	keep_write(&ledger.keep, &ledger.head);
	return true;
}

static void ledger_write(void)
{
	bool good = true;

	while (good && pending_count(ledger.pending) != 0) {
		struct ledger_head head = ledger.head;
		const uint32_t count = ledger_seal(&head);

		good = ledger_put(&head, count);
		if (good)
			__atomic_store_n(&ledger.pending->taken, head.taken, __ATOMIC_RELEASE);
	}
}

/* ---- another log ---- */

/* Writes the first record of a log that isn't the first log. False: it couldn't be written. */
static bool ledger_open_chain(void)
{
	const uint64_t now = clock_nanoseconds(sys_now(), sys_hertz()) + ledger_offset();
	struct ledger_head head = ledger.head;

	if (head.next != 0 || head.former == 0)
		return true;
	ledger.batch[0] = (struct gatelog_record){.magic = GATELOG_MAGIC,
	                                          .kind = GATELOG_BEGIN,
	                                          .number = head.next++,
	                                          .from = now,
	                                          .until = now,
	                                          .frames = {head.starts, head.former}};
	gatelog_seal(ledger.key, head.seal, &ledger.batch[0]);
	memcpy(head.seal, ledger.batch[0].seal, sizeof(head.seal));
	return ledger_put(&head, 1);
}

/* Begins another log: somebody has moved the log away. The pending records go to the new one. */
static void ledger_leave_log(void)
{
	ledger.head.former = ledger.head.next;
	ledger.head.next = 0;
	memset(ledger.head.seal, 0, sizeof(ledger.head.seal));
	keep_write(&ledger.keep, &ledger.head);
	printf("gateway: a new log begins; the former one has %llu records\n",
	       (unsigned long long)ledger.head.former);
}

/* Finds the head without a record in memory: the log's last record tells it. */
static const char *ledger_find_head(off_t size)
{
	struct gatelog_record last[2] = {{0}};
	const uint64_t count = (uint64_t)size / sizeof(last[0]);

	if ((count > 1 && !ledger_load(&last[0], count - 2)) ||
	    (count > 0 && !ledger_load(&last[1], count - 1)))
		return "it can't be read";
	if (count > 0 && (last[1].magic != GATELOG_MAGIC || last[1].number != count - 1 ||
	                  !gatelog_is_sealed(ledger.key, last[0].seal, &last[1])))
		return "its last record isn't sealed with this key";
	ledger.head.next = count;
	memcpy(ledger.head.seal, last[1].seal, sizeof(ledger.head.seal));
	keep_write(&ledger.keep, &ledger.head);
	ledger.known = true;
	return NULL;
}

/* NULL: this is the log that was written, or a new one may begin. */
static const char *ledger_check(void)
{
	const off_t size = lseek(ledger.log, 0, SEEK_END);
	struct gatelog_record last;

	if (size < 0)
		return "it can't be read";
	if (!ledger.known)
		return ledger_find_head(size);
	if (ledger.head.next == 0)
		return NULL;
	if (size == 0) {
		ledger_leave_log();
		return NULL;
	}
	return ledger_load(&last, ledger.head.next - 1) &&
	               memcmp(last.seal, ledger.head.seal, sizeof(last.seal)) == 0
	           ? NULL
	           : "it was cut, or it isn't the log that was written";
}

/* Lets frames pass or not. What is wrong is told once. */
static void ledger_halt(const char *wrong)
{
	if (wrong && wrong != ledger.halt)
		fprintf(stderr,
		        "gateway: %s: %s; nothing passes until you have moved it away: mv %s "
		        "/disk/gateway.old\n",
		        LEDGER_LOG, wrong, LEDGER_LOG);
	if (!wrong && ledger.halt)
		printf("gateway: %s is right again\n", LEDGER_LOG);
	ledger.halt = wrong;
	__atomic_store_n(&ledger.pending->halted, wrong != NULL, __ATOMIC_RELEASE);
}

/* Looks at the log and writes to it. It is opened each time, as another file may have its name now.
 */
static void ledger_look_at_log(void)
{
	errno = 0;
	ledger.log = open(LEDGER_LOG, O_RDWR | O_CREAT, 0600);
	if (ledger.log < 0) {
		ledger_note(false);
	} else {
		ledger_halt(ledger_check());
		if (!ledger.halt && ledger_open_chain())
			ledger_write();
		(void)close(ledger.log);
	}
	__atomic_store_n(&ledger.looked, true, __ATOMIC_RELEASE);
}

/* ---- the head ---- */

/* Tells the head on the console, so the partition's black box has it: a log that is shorter was
 * cut. */
static void ledger_tell(void)
{
	if (!ledger.known || ledger.told == ledger.head.next)
		return;
	ledger.told = ledger.head.next;
	printf("gateway: head %llu:", (unsigned long long)ledger.head.next);
	for (uint32_t i = 0; i < GATELOG_SEAL; i++)
		printf("%02x", ledger.head.seal[i]);
	printf("\n");
}

/* ---- the rules ---- */

/* Reads the rules' file, up to one byte more than it may have. False: there is none now. */
static bool ledger_read_text(size_t *size)
{
	const int file = open(LEDGER_RULES, O_RDONLY);
	ssize_t got = 1;

	*size = 0;
	if (file < 0)
		return false;
	while (got > 0 && *size < sizeof(ledger.text)) {
		got = read(file, ledger.text + *size, sizeof(ledger.text) - *size);
		*size += got > 0 ? (size_t)got : 0;
	}
	(void)close(file);
	return got >= 0;
}

static bool ledger_is_new(size_t size)
{
	uint8_t sum[SHA256_SIZE];
	struct sha256 hash;
	bool other;

	sha256_begin(&hash);
	sha256_add(&hash, ledger.text, size);
	sha256_end(&hash, sum);
	other = memcmp(sum, ledger.sum, sizeof(sum)) != 0;
	memcpy(ledger.sum, sum, sizeof(sum));
	return other;
}

/* Takes new rules. Wrong rules change nothing. */
static void ledger_take_rules(size_t size)
{
	struct rules_wrong wrong = {1, "the file is longer than 8192 bytes"};

	if (size <= RULES_TEXT)
		wrong = rules_read(&ledger.rules->rules, ledger.text, size);
	if (wrong.what) {
		fprintf(stderr,
		        "gateway: %s, line %lu: %s; the former rules hold, and without "
		        "any nothing passes\n",
		        LEDGER_RULES, (unsigned long)wrong.line, wrong.what);
		return;
	}
	printf("gateway: %lu rules hold\n", (unsigned long)ledger.rules->rules.count);
	__atomic_store_n(&ledger.rules->offered, ledger.rules->offered + 1, __ATOMIC_RELEASE);
}

static void ledger_look_at_rules(void)
{
	size_t size;

	if (__atomic_load_n(&ledger.rules->taken, __ATOMIC_ACQUIRE) == ledger.rules->offered &&
	    ledger_read_text(&size) && ledger_is_new(size))
		ledger_take_rules(size);
}

/* ---- the thread ---- */

static void *ledger_main(void *unused)
{
	(void)unused;
	for (uint32_t looks = 0;; looks++) {
		ledger_look_at_rules();
		ledger_look_at_log();
		if (looks % LEDGER_TELL == 1)
			ledger_tell();
		sys_sleep(LEDGER_LOOK);
	}
	return NULL;
}

/* ---- start ---- */

/* Finds the head. Nothing passes until the log was looked at. If pending records were lost, the
 * head's count of them is set anew. */
static void ledger_begin_head(void *area)
{
	struct pending *pending = ledger.pending;

	ledger.known = keep_open(&ledger.keep, area, &ledger.head, sizeof(ledger.head),
	                         LEDGER_VERSION) == KEEP_FOUND;
	if (!ledger.known || pending->put - ledger.head.taken > PENDING_MOST)
		ledger.head.taken = pending->taken;
	pending->taken = ledger.head.taken;
	pending->halted = true;
	ledger.head.starts++;
	if (ledger.known)
		keep_write(&ledger.keep, &ledger.head);
}

size_t ledger_area(void)
{
	return keep_area(sizeof(struct ledger_head));
}

const char *ledger_begin(void *area, const uint8_t *key, struct pending *pending,
                         struct ledger_rules *rules)
{
	pthread_t thread;

	ledger.key = key;
	ledger.pending = pending;
	ledger.rules = rules;
	ledger_begin_head(area);
	return pthread_create(&thread, NULL, ledger_main, NULL) == 0
	           ? NULL
	           : "it has no memory for a thread";
}

uint64_t ledger_starts(void)
{
	return ledger.head.starts;
}

bool ledger_has_looked(void)
{
	return __atomic_load_n(&ledger.looked, __ATOMIC_ACQUIRE);
}

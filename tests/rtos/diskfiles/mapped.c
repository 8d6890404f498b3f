/*
 * Judges files that are mapped into a program: the costs of a mapping and a fault; and that each
 * byte is right while others write, while the server needs its memory for other files, and while
 * server and driver are restarted at any moment. At last it reads behind the file's end, and so
 * falls.
 */
#include <inttypes.h>
#include <libc/expect.h>
#include <rtos/fs.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <templates/programs.h>

#define PAGES       320 /* of the file */
#define AT_ONCE     256
#define FAULTS      4
#define OTHER       400 /* pages of another file: more than the server has memory for */
#define HOLE        8
#define FIRST_ROUND 10000 /* above all versions before */
#define WORDS       (FS_PAGE / sizeof(uint64_t))

static struct fs fs;
static struct fs_map map;
static uint64_t server, driver, file;
static uint32_t version[PAGES];

static void say(const char *name, uint64_t value)
{
	printf("FIGURE %s %" PRIu64 "\n", name, value);
}

static uint64_t nanoseconds(void)
{
	return sys_now() * (1000000000 / sys_hertz());
}

/* ---- contents ---- */

/* The factor of word_of(), and its inverse. */
#define FACTOR  0x9e3779b97f4a7c15
#define INVERSE 0xf1de83e19937733d

static uint64_t word_of(uint32_t page, uint32_t of_version, uint32_t index)
{
	return ((uint64_t)of_version << 32 | page) * FACTOR + index;
}

static void put(uint64_t id, uint32_t page, uint32_t of_version)
{
	uint64_t *words = (uint64_t *)(void *)fs.buffer;
	uint32_t done = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		words[i] = word_of(page, of_version, i);
	expect(fs_write(&fs, id, (uint64_t)page * FS_PAGE, FS_PAGE, &done) == FS_OK &&
	       done == FS_PAGE);
}

static void put_file(uint32_t page, uint32_t of_version)
{
	put(file, page, of_version);
	version[page] = of_version;
}

/* Words of a mapped page that are wrong. */
static uint32_t wrong_in(const struct fs_map *of, uint32_t place)
{
	const volatile uint64_t *words =
	    (const volatile uint64_t *)(const void *)(of->bytes + (size_t)place * FS_PAGE);
	const uint32_t page = of->first + place;
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		wrong += words[i] != word_of(page, version[page], i);
	return wrong;
}

static uint32_t wrong_in_all(const struct fs_map *of)
{
	uint32_t wrong = 0;

	for (uint32_t page = 0; page < of->pages; page++)
		wrong += wrong_in(of, page);
	return wrong;
}

static uint64_t new_file(const char *path)
{
	uint64_t id = 0;

	expect(fs_create(&fs, path, FS_FILE, &id) == FS_OK);
	return id;
}

static void read_all(uint64_t id, uint32_t pages)
{
	uint32_t done, good = 0;

	for (uint32_t page = 0; page < pages; page++)
		good += fs_read(&fs, id, (uint64_t)page * FS_PAGE, FS_PAGE, &done) == FS_OK &&
		        done == FS_PAGE;
	expect(good == pages);
}

/* ---- a second reader ---- */

static struct {
	_Alignas(16) uint8_t stack[4096];
	volatile bool ends, ended;
	volatile uint32_t pages, wrong;
} reader;

/* While another thread writes: each word is of this page, and none is older than the word before.
 */
static bool is_steady(uint32_t page)
{
	const volatile uint64_t *words =
	    (const volatile uint64_t *)(const void *)(map.bytes + (size_t)page * FS_PAGE);
	uint64_t last = 0;

	for (uint32_t i = 0; i < WORDS; i++) {
		const uint64_t told = (words[i] - i) * INVERSE;

		if ((uint32_t)told != page || told >> 32 < last)
			return false;
		last = told >> 32;
	}
	return true;
}

static _Noreturn void reader_run(void)
{
	for (uint32_t i = 0; !reader.ends; i++) {
		reader.wrong += !is_steady(i * 29 % PAGES);
		reader.pages++;
		sys_sleep(i % 8 == 0);
	}
	reader.ended = true;
	for (;;)
		(void)sys_do(RTOS_THREAD_END, 0, 0, 0, 0, 0, 0, NULL);
}

static void reader_begin(uint64_t cpu)
{
	uint64_t handle;

	expect(sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)reader_run,
	              (uint64_t)(reader.stack + sizeof(reader.stack)), 0,
	              RTOS_THREAD(sys_program->priority, cpu, 0), 0, &handle) == RTOS_OK);
}

static void reader_end(void)
{
	reader.ends = true;
	while (!reader.ended)
		sys_sleep(1);
	printf("%" PRIu32 " pages read beside, %" PRIu32 " wrong\n", reader.pages, reader.wrong);
	expect(reader.pages > 0 && reader.wrong == 0);
}

/* ---- costs ---- */

/* Pages that the server has hidden, so that the TLB forgot them. */
static uint64_t taken(void)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};

	expect(fs_call(&fs, word) == FS_OK);
	return word[6];
}

static void time_map(void)
{
	const uint64_t taken_before = taken();
	uint64_t before, whole;

	expect(fs_map(&fs, file, 0, AT_ONCE, &map) == FS_OK);
	fs_unmap(&map);
	read_all(file, PAGES);
	before = nanoseconds();
	expect(fs_map(&fs, file, 0, AT_ONCE, &map) == FS_OK);
	whole = nanoseconds() - before;
	expect(map.shown == AT_ONCE && taken() == taken_before);
	say("file.map", whole / AT_ONCE);
	say("file.map.whole", whole);
	expect(wrong_in_all(&map) == 0);
	before = nanoseconds();
	fs_unmap(&map);
	say("file.unmap.whole", nanoseconds() - before);
}

/* A page that is in the server's memory, but not shown yet. */
static void time_fault(void)
{
	uint64_t before, whole = 0;

	expect(fs_map(&fs, file, 0, PAGES, &map) == FS_OK && map.shown == AT_ONCE);
	for (uint32_t i = 0; i < FAULTS; i++) {
		const uint32_t page = AT_ONCE + i * (PAGES - AT_ONCE) / FAULTS;

		before = nanoseconds();
		(void)*(const volatile uint8_t *)(map.bytes + (size_t)page * FS_PAGE);
		whole += nanoseconds() - before;
	}
	say("file.map.fault", whole / FAULTS);
	expect(wrong_in_all(&map) == 0);
}

/* ---- the mapped content ---- */

static void test_write(void)
{
	const uint64_t taken_before = taken();
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < 40; i++) {
		put_file(i * 7 % PAGES, i + 1);
		wrong += wrong_in(&map, i * 7 % PAGES);
	}
	expect(wrong == 0 && taken() == taken_before + 40);
	expect(fs_sync(&fs) == FS_OK && wrong_in_all(&map) == 0);
}

static void test_pressure(void)
{
	const uint64_t other = new_file("/other"), taken_before = taken();

	for (uint32_t page = 0; page < OTHER; page++) {
		put(other, page, 0);
		if (page % 50 == 0)
			expect(wrong_in(&map, page % PAGES) == 0);
	}
	expect(wrong_in_all(&map) == 0);
	read_all(other, OTHER);
	expect(taken() > taken_before + PAGES / 2);
	expect(wrong_in_all(&map) == 0);
	expect(fs_remove(&fs, "/other") == FS_OK);
}

static void test_hole(void)
{
	const uint64_t id = new_file("/hole");
	struct fs_map holes;
	const volatile uint8_t *bytes;

	expect(fs_map(&fs, id, 0, HOLE, &holes) == FS_BAD);
	expect(fs_resize(&fs, id, HOLE * FS_PAGE) == FS_OK);
	expect(fs_map(&fs, id, 0, HOLE, &holes) == FS_OK);
	bytes = holes.bytes;
	expect(bytes[5] == 0 && bytes[5 * FS_PAGE] == 0);
	fs.buffer[0] = 7;
	expect(fs_write(&fs, id, 5 * FS_PAGE, 1, &(uint32_t){0}) == FS_OK);
	expect(bytes[5 * FS_PAGE] == 7 && bytes[5] == 0 && bytes[4 * FS_PAGE] == 0);
	fs_unmap(&holes);
	expect(fs_remove(&fs, "/hole") == FS_OK);
}

/* Copies, seen by nobody until they are committed; and by everybody then. */
static void test_commit(void)
{
	uint8_t *copy = NULL, *same = NULL;

	for (uint32_t i = 0; i < FS_MAP_COPIES; i++) {
		const uint32_t page = i * 19;

		expect(fs_map_write(&map, page, &copy) == FS_OK);
		expect(wrong_in(&map, page) == 0);
		for (uint32_t word = 0; word < WORDS; word++)
			((uint64_t *)(void *)copy)[word] = word_of(page, 1000 + i, word);
	}
	expect(fs_map_write(&map, 0, &same) == FS_OK && same == map.copies);
	expect(fs_map_write(&map, 1, &same) == FS_NO_SPACE);
	expect(fs_map_write(&map, PAGES, &same) == FS_BAD);
	expect(wrong_in_all(&map) == 0);
	expect(fs_map_commit(&map) == FS_OK && map.copy_count == 0);
	for (uint32_t i = 0; i < FS_MAP_COPIES; i++)
		version[i * 19] = 1000 + i;
	expect(wrong_in_all(&map) == 0);
	expect(programs_restart(server) == SUPERVISOR_OK);
	expect(wrong_in_all(&map) == 0);
	expect(fs_map_commit(&map) == FS_OK);
}

/* Through copies of four pages, which are in the file as one change. */
static void commit_some(uint32_t round)
{
	uint8_t *copy = NULL;

	for (uint32_t i = 0; i < 4; i++) {
		const uint32_t page = (round * 7 + i * 71) % PAGES;

		expect(fs_map_write(&map, page, &copy) == FS_OK);
		for (uint32_t word = 0; word < WORDS; word++)
			((uint64_t *)(void *)copy)[word] = word_of(page, round, word);
		version[page] = round;
	}
	expect(fs_map_commit(&map) == FS_OK);
}

/* More parts of files than the server remembers. */
static void test_many(void)
{
	struct fs_map some;
	uint32_t good = 0;

	for (uint32_t i = 0; i < 100; i++) {
		good += fs_map(&fs, file, i, 8, &some) == FS_OK;
		good += memcmp(some.bytes, map.bytes + (size_t)i * FS_PAGE, FS_PAGE) == 0;
		fs_unmap(&some);
	}
	expect(good == 200);
	expect(fs_map(&fs, FS_ROOT, 0, 1, &some) == FS_IS_DIRECTORY);
	expect(fs_map(&fs, file, PAGES, 1, &some) == FS_BAD);
	expect(fs_map(&fs, file, 0, 0, &some) == FS_BAD);
	expect(wrong_in_all(&map) == 0);
}

/* `map` is one of the windows that this program may have. Others' windows stay possible. */
static void test_share(void)
{
	static struct fs_map some[RTOS_SHOW_EACH];
	uint32_t count = 0;

	while (count < RTOS_SHOW_EACH && fs_map(&fs, file, count, 1, &some[count]) == FS_OK)
		count++;
	expect(count == RTOS_SHOW_EACH - 1);
	expect(wrong_in_all(&map) == 0);
	for (uint32_t i = 0; i < count; i++)
		fs_unmap(&some[i]);
	expect(fs_map(&fs, file, 0, 1, &some[0]) == FS_OK);
	fs_unmap(&some[0]);
}

static void test_restarts(uint64_t starts, uint64_t cpu)
{
	const uint64_t breaker = programs_find("breaker");
	const struct programs_memory before = programs_memory();
	uint32_t wrong = 0, rounds = FIRST_ROUND;

	reader_begin(cpu);
	expect(programs_start(breaker) == SUPERVISOR_OK);
	for (; programs_starts(server) < starts || programs_starts(driver) < starts / 2; rounds++) {
		const uint32_t page = rounds * 13 % PAGES;

		if (rounds % 4 == 0)
			put_file(page, rounds);
		if (rounds % 16 == 3)
			commit_some(rounds);
		wrong += wrong_in(&map, page);
		wrong += wrong_in(&map, rounds * 31 % PAGES);
	}
	expect(programs_stop(breaker) == SUPERVISOR_OK);
	reader_end();
	wrong += wrong_in_all(&map);
	printf("%" PRIu32 " rounds, %" PRIu32 " words wrong\n", rounds - FIRST_ROUND, wrong);
	expect(wrong == 0 && rounds > FIRST_ROUND);
	fs_unmap(&map);
	expect(programs_memory().pages == before.pages &&
	       programs_memory().handles == before.handles);
}

/* The handler finds no page there: the report tells of this very load. */
static void read_behind(void)
{
	expect(fs_sync(&fs) == FS_OK);
	expect(fs_map(&fs, file, PAGES - 1, 2, &map) == FS_OK);
	expect(wrong_in(&map, 0) == 0);
	(void)expect_end();
	(void)*(const volatile uint8_t *)(map.bytes + FS_PAGE);
}

int main(int argc, char **argv)
{
	server = programs_find("diskfs");
	driver = programs_find("block");
	expect(fs_open(&fs, "disk") && fs.buffer != NULL);
	file = new_file("/mapped");
	for (uint32_t page = 0; page < PAGES; page++)
		put_file(page, 0);
	expect(fs_sync(&fs) == FS_OK);
	time_map();
	time_fault();
	test_write();
	test_pressure();
	test_hole();
	test_many();
	test_share();
	test_commit();
	if (argc > 1)
		test_restarts(strtoul(argv[1], NULL, 10),
		              argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
	read_behind();
	return 0;
}

/*
 * Files in a program's memory: see rtos/fs.h. Each mapping is a window with a place of its own. An
 * access to a page that isn't there goes to map_enter (map.S), and from there to map_fault().
 */
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/fs.h>
#include <rtos/sys.h>

_Static_assert(RTOS_RESUME == 31, "map.S makes that call");

#define MAP_BASE        0x2000000000ULL /* of the first place */
#define MAP_PLACE_SHIFT 24
#define MAP_COPIES      (MAP_BASE + ((uint64_t)FS_MAPS << MAP_PLACE_SHIFT)) /* of the first one */
#define MAP_AROUND      16u /* pages that a fault asks for */
_Static_assert((uint64_t)FS_MAP_PAGES *FS_PAGE == 1ULL << MAP_PLACE_SHIFT, "each place is full");

void map_enter(void);
uint64_t map_fault(uint64_t address);

static struct fs_map *map_places[FS_MAPS];

static enum fs_status map_call(const struct fs_map *map, uint64_t word[RTOS_WORDS],
                               uint64_t *payload)
{
	const enum rtos_status status = sys_call_with(map->port, word, payload, 0);

	if (status == RTOS_NEW_EPOCH)
		return FS_GONE;
	return status == RTOS_OK ? (enum fs_status)word[0] : FS_NO_SERVER;
}

/* Shows `count` pages from page `at` of the mapping on, the first of them in any case. */
static enum fs_status map_fetch(const struct fs_map *map, uint32_t at, uint32_t count,
                                uint32_t *shown)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_MAP, map->id), map->first, FS_PIECE(count, at)};
	uint64_t payload = RTOS_ANSWER_PAGES(map->window);
	const enum fs_status status = map_call(map, word, &payload);

	*shown = (uint32_t)word[1];
	return status;
}

/* Called by map_enter. 0: the page is there now. */
uint64_t map_fault(uint64_t address)
{
	const uint64_t place = (address - MAP_BASE) >> MAP_PLACE_SHIFT;
	const struct fs_map *map =
	    place < FS_MAPS ? __atomic_load_n(&map_places[place], __ATOMIC_ACQUIRE) : NULL;
	uint32_t at, left, shown;

	if (!map)
		return 1;
	at = (uint32_t)((address - (uint64_t)map->bytes) / FS_PAGE);
	left = map->pages - at;
	return map_fetch(map, at, left < MAP_AROUND ? left : MAP_AROUND, &shown) != FS_OK;
}

/* FS_MAPS: all are taken. */
static uint32_t map_take_place(struct fs_map *map)
{
	for (uint32_t i = 0; i < FS_MAPS; i++) {
		struct fs_map *none = NULL;

		if (__atomic_compare_exchange_n(&map_places[i], &none, map, false, __ATOMIC_ACQ_REL,
		                                __ATOMIC_RELAXED))
			return i;
	}
	return FS_MAPS;
}

static void map_leave_place(const struct fs_map *map)
{
	const uint64_t place = ((uint64_t)map->bytes - MAP_BASE) >> MAP_PLACE_SHIFT;

	__atomic_store_n(&map_places[place], NULL, __ATOMIC_RELEASE);
}

enum fs_status fs_map(const struct fs *fs, uint64_t id, uint32_t first, uint32_t pages,
                      struct fs_map *map)
{
	const uint32_t place = map_take_place(map);
	const uint64_t address = MAP_BASE + ((uint64_t)place << MAP_PLACE_SHIFT);
	enum fs_status status;
	uint64_t window;

	if (place == FS_MAPS)
		return FS_NO_SPACE;
	*map = (struct fs_map){.bytes = (const uint8_t *)address,
	                       .port = fs->port,
	                       .id = id,
	                       .first = first,
	                       .pages = pages};
	if (pages == 0 || pages > FS_MAP_PAGES ||
	    sys_do(RTOS_WINDOW_CREATE, 0, address, pages, (uint64_t)map_enter, 0, 0, &window) !=
	        RTOS_OK) {
		map_leave_place(map);
		return pages == 0 || pages > FS_MAP_PAGES ? FS_BAD : FS_NO_SPACE;
	}
	map->window = (rtos_handle_t)window;
	status = map_fetch(map, 0, pages < FS_MAP_MOST ? pages : FS_MAP_MOST, &map->shown);
	if (status != FS_OK)
		fs_unmap(map);
	return status;
}

void fs_unmap(struct fs_map *map)
{
	if (map->copies_region != 0)
		(void)sys_do(RTOS_DESTROY, map->copies_region, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_DESTROY, map->window, 0, 0, 0, 0, 0, NULL);
	map_leave_place(map);
	map->bytes = NULL;
}

/* ---- writing ---- */

static bool map_make_copies(struct fs_map *map)
{
	const uint64_t place = ((uint64_t)map->bytes - MAP_BASE) >> MAP_PLACE_SHIFT;
	const uint64_t address = MAP_COPIES + place * FS_MAP_COPIES * FS_PAGE;
	uint64_t region;

	if (sys_do(RTOS_REGION_CREATE, 0, FS_MAP_COPIES, 0, 0, 0, 0, &region) != RTOS_OK)
		return false;
	if (sys_do(RTOS_MAP, (rtos_handle_t)region, address, 0, FS_MAP_COPIES,
	           RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL) != RTOS_OK) {
		(void)sys_do(RTOS_DESTROY, (rtos_handle_t)region, 0, 0, 0, 0, 0, NULL);
		return false;
	}
	map->copies_region = (rtos_handle_t)region;
	map->copies = (uint8_t *)address;
	return true;
}

enum fs_status fs_map_write(struct fs_map *map, uint32_t page, uint8_t **copy)
{
	uint32_t i = 0;

	if (page >= map->pages)
		return FS_BAD;
	while (i < map->copy_count && map->copy_of[i] != page)
		i++;
	if (i == FS_MAP_COPIES || (map->copies_region == 0 && !map_make_copies(map)))
		return FS_NO_SPACE;
	*copy = map->copies + (size_t)i * FS_PAGE;
	if (i < map->copy_count)
		return FS_OK;
	memcpy(*copy, map->bytes + (size_t)page * FS_PAGE, FS_PAGE);
	map->copy_of[i] = (uint16_t)page;
	map->copy_count++;
	return FS_OK;
}

enum fs_status fs_map_commit(struct fs_map *map)
{
	const uint32_t count = map->copy_count;
	uint64_t word[RTOS_WORDS] = {
	    FS_CALL(FS_COMMIT, map->id), map->first,
	    count, [7] = FS_SUM(crc32c(0, map->copies, (size_t)count * FS_PAGE))};
	uint64_t payload = RTOS_PAYLOAD_LEND(map->copies_region, 0, count);
	enum fs_status status;

	if (count == 0)
		return FS_OK;
	for (uint32_t i = 0; i < count; i++)
		word[3 + i / 4] |= (uint64_t)map->copy_of[i] << (i % 4 * 16);
	status = map_call(map, word, &payload);
	if (status == FS_OK)
		map->copy_count = 0;
	return status;
}

/* See rtos/block.h. */
#include <rtos/block.h>
#include <rtos/buffer.h>
#include <rtos/sys.h>

/* If drivers don't survive the call, it fails. */
static enum block_status block_call(const struct block *block, uint64_t word[RTOS_WORDS])
{
	const enum rtos_status status = sys_call_anew(block->port, word, 0);

	if (status == RTOS_SET_ASIDE)
		return BLOCK_FAILED;
	return status == RTOS_OK ? (enum block_status)word[0] : BLOCK_NO_SERVER;
}

enum block_status block_open(struct block *block, const char *port)
{
	const struct rtos_given *given = sys_given(RTOS_GIVEN_USE, port, 0);
	const struct rtos_given *window = buffer_own(port);
	uint64_t word[RTOS_WORDS] = {BLOCK_OPEN};
	enum block_status status;

	*block = (struct block){.port = given ? given->handle : 0};
	status = block_call(block, word);
	if (status != BLOCK_OK)
		return status;
	block->sectors = word[1];
	block->read_only = word[2] != 0;
	block->most = (uint32_t)word[3];
	block->pages = (uint32_t)word[4];
	if (window) {
		block->buffer = (uint8_t *)window->address;
		block->buffer_size = (uint32_t)window->size;
	}
	return status;
}

enum block_status block_read(const struct block *block, uint64_t sector, uint32_t sectors,
                             uint32_t at)
{
	uint64_t word[RTOS_WORDS] = {BLOCK_READ, sector, BLOCK_PIECE(sectors, at)};

	return block_call(block, word);
}

enum block_status block_write(const struct block *block, uint64_t sector, uint32_t sectors,
                              uint32_t at)
{
	uint64_t word[RTOS_WORDS] = {BLOCK_WRITE, sector, BLOCK_PIECE(sectors, at)};

	return block_call(block, word);
}

static enum block_status block_pages(const struct block *block, enum block_operation operation,
                                     uint64_t sector, uint8_t *const page[], uint32_t count)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	uint64_t word[RTOS_WORDS] = {operation, sector, count};

	if (!keep || count > BLOCK_PAGES)
		return BLOCK_BAD;
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = (uint64_t)page[i] - keep->address;

		if (at % BLOCK_PAGE != 0 || at / BLOCK_PAGE >= BLOCK_PAGE_LIMIT)
			return BLOCK_BAD;
		word[BLOCK_WORD(i)] |= at / BLOCK_PAGE << BLOCK_SHIFT(i);
	}
	return block_call(block, word);
}

enum block_status block_fetch(const struct block *block, uint64_t sector, uint8_t *const page[],
                              uint32_t count)
{
	return block_pages(block, BLOCK_FETCH, sector, page, count);
}

enum block_status block_store(const struct block *block, uint64_t sector, uint8_t *const page[],
                              uint32_t count)
{
	return block_pages(block, BLOCK_STORE, sector, page, count);
}

static enum block_status block_range(const struct block *block, enum block_operation operation,
                                     uint64_t sector, uint32_t sectors)
{
	uint64_t word[RTOS_WORDS] = {operation, sector, sectors};

	return block_call(block, word);
}

enum block_status block_zero(const struct block *block, uint64_t sector, uint32_t sectors)
{
	return block_range(block, BLOCK_ZERO, sector, sectors);
}

enum block_status block_discard(const struct block *block, uint64_t sector, uint32_t sectors)
{
	return block_range(block, BLOCK_DISCARD, sector, sectors);
}

enum block_status block_flush(const struct block *block)
{
	uint64_t word[RTOS_WORDS] = {BLOCK_FLUSH};

	return block_call(block, word);
}

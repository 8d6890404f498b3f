/* See rtos/fs.h. */
#include <lib/crc32c.h>
#include <lib/string.h>
#include <rtos/buffer.h>
#include <rtos/fs.h>
#include <rtos/sys.h>

/* Which sums the servers of the ports that were asked last have. A program that opens a file system
 * for each file asks only once. */
static struct {
	rtos_handle_t port;
	uint32_t sums;
} fs_asked[2];

static uint32_t fs_has_sums(const struct fs *fs)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};
	const uint32_t at = fs->port % 2;

	if (fs_asked[at].port != fs->port) {
		if (fs_call(fs, word) != FS_OK)
			return 0;
		fs_asked[at].sums = (uint32_t)word[5];
		fs_asked[at].port = fs->port;
	}
	return fs_asked[at].sums;
}

bool fs_open(struct fs *fs, const char *port)
{
	const struct rtos_given *given = sys_given(RTOS_GIVEN_USE, port, 0);
	const struct rtos_given *window = buffer_own(port);

	*fs = (struct fs){.port = given ? given->handle : 0};
	if (window) {
		fs->buffer = (uint8_t *)window->address;
		fs->buffer_size = (uint32_t)window->size;
	}
	fs->sums = given && window ? fs_has_sums(fs) : 0;
	return given != NULL;
}

/* The rest of a path that begins with this name. NULL: the path begins with another name. */
static const char *fs_behind(const char *path, const char *name)
{
	while (*path == '/')
		path++;
	while (*name != '\0' && *path == *name) {
		path++;
		name++;
	}
	return *name == '\0' && (*path == '/' || *path == '\0') ? path : NULL;
}

const char *fs_port_for(const char **path)
{
	static const char *const ports[] = {"boot", "disk"};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		const char *behind = fs_behind(*path, ports[i]);

		if (behind && sys_given(RTOS_GIVEN_USE, ports[i], 0)) {
			*path = behind;
			return ports[i];
		}
	}
	return "fs";
}

bool fs_open_for(struct fs *fs, const char **path)
{
	return fs_open(fs, fs_port_for(path));
}

/* Handles a call without an answer. If the server lost all files, old ids lead nowhere, but there
 * is a root again. This function stands apart from fs_call(), so that calls with an answer cost
 * nothing more. */
static __attribute__((noinline)) enum fs_status
fs_call_unanswered(const struct fs *fs, uint64_t word[RTOS_WORDS], enum rtos_status status)
{
	if (status == RTOS_NEW_EPOCH && FS_CALL_ID(word[0]) != FS_ROOT)
		return FS_GONE;
	if (status == RTOS_NEW_EPOCH)
		status = sys_call(fs->port, word, 0);
	return status == RTOS_OK ? (enum fs_status)word[0] : FS_NO_SERVER;
}

enum fs_status fs_call(const struct fs *fs, uint64_t word[RTOS_WORDS])
{
	const enum rtos_status status = sys_call(fs->port, word, 0);

	return status == RTOS_OK ? (enum fs_status)word[0] : fs_call_unanswered(fs, word, status);
}

/* Whether an answer fits its sum, or has none. */
static bool fs_answer_good(const uint64_t word[RTOS_WORDS], uint64_t sum)
{
	return word[4] == sum || word[4] == sum + word[0] + word[1];
}

/* Calls again, so that the server looks at itself. */
static __attribute__((noinline)) enum fs_status fs_complain(const struct fs *fs,
                                                            uint64_t word[RTOS_WORDS],
                                                            const uint64_t asked[FS_SUMMED],
                                                            uint64_t sum)
{
	enum fs_status status;

	memcpy(word, asked, FS_SUMMED * sizeof(word[0]));
	word[4] = sum;
	word[5] = FS_COMPLAINS;
	status = fs_call(fs, word);
	return fs_answer_good(word, sum) ? status : FS_WRONG_SUM;
}

/* Makes a call whose words have a sum. One that is once only isn't made again. */
static __attribute__((noinline)) enum fs_status fs_call_summed(const struct fs *fs,
                                                               uint64_t word[RTOS_WORDS])
{
	const uint64_t asked[FS_SUMMED] = {word[0], word[1], word[2], word[3]};
	const uint64_t sum = FS_SUM(crc32c(sys_program->number, asked, sizeof(asked)));
	enum fs_status status;

	word[4] = sum;
	word[5] = 0;
	status = fs_call(fs, word);
	if (fs_answer_good(word, sum) || FS_CALL_OPERATION(asked[0]) >= FS_APPEND)
		return status;
	return fs_complain(fs, word, asked, sum);
}

/* ---- paths ---- */

/* Puts the path's next name into words 2 to 7, and moves *path behind this name. At the path's end
 * word 2 is 0. */
static enum fs_status fs_next_name(const char **path, uint64_t word[RTOS_WORDS])
{
	const char *at = *path;
	size_t length = 0;

	while (*at == '/')
		at++;
	while (at[length] != '\0' && at[length] != '/')
		length++;
	*path = at + length;
	memset(&word[2], 0, FS_NAME);
	if (length >= FS_NAME)
		return FS_BAD;
	memcpy(&word[2], at, length);
	return FS_OK;
}

static bool fs_is_last(const char *path)
{
	while (*path == '/')
		path++;
	return *path == '\0';
}

#define FS_DOT     0x2eULL
#define FS_DOT_DOT 0x2e2eULL

static enum fs_status fs_enter(const struct fs *fs, const uint64_t name[RTOS_WORDS],
                               struct fs_file *file)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_LOOKUP, file->id)};
	enum fs_status status;

	if (name[2] == FS_DOT)
		return FS_OK;
	if (name[2] == FS_DOT_DOT)
		return fs_state(fs, file->directory, file);
	memcpy(&word[2], &name[2], FS_NAME);
	status = fs_call(fs, word);
	if (status == FS_OK)
		*file = (struct fs_file){word[4], word[3], (enum fs_type)word[1], word[2]};
	return status;
}

enum fs_status fs_state(const struct fs *fs, uint64_t id, struct fs_file *file)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_STATE, id)};
	const enum fs_status status = fs_call(fs, word);

	if (status == FS_OK)
		*file = (struct fs_file){id, word[3], (enum fs_type)word[1], word[2]};
	return status;
}

/* Follows a path to its end. With `stop`, stops before the last name, which stays in the words.
 * Doesn't ask for the root's size. */
static enum fs_status fs_follow(const struct fs *fs, const char *path, bool stop,
                                uint64_t word[RTOS_WORDS], struct fs_file *file)
{
	enum fs_status status = FS_OK;

	*file = (struct fs_file){.id = FS_ROOT, .directory = FS_ROOT, .type = FS_DIRECTORY};
	while (status == FS_OK) {
		status = fs_next_name(&path, word);
		if (status != FS_OK || word[2] == 0 || (stop && fs_is_last(path)))
			return status;
		status = fs_enter(fs, word, file);
	}
	return status;
}

enum fs_status fs_find(const struct fs *fs, const char *path, struct fs_file *file)
{
	uint64_t word[RTOS_WORDS];
	const enum fs_status status = fs_follow(fs, path, false, word, file);

	return status == FS_OK && file->id == FS_ROOT ? fs_state(fs, FS_ROOT, file) : status;
}

enum fs_status fs_find_place(const struct fs *fs, const char *path, uint64_t *directory,
                             uint64_t word[RTOS_WORDS])
{
	struct fs_file file = {.id = FS_ROOT};
	const enum fs_status status = fs_follow(fs, path, true, word, &file);

	*directory = file.id;
	return status == FS_OK && word[2] == 0 ? FS_BAD : status;
}

/* ---- contents ---- */

static inline enum fs_status fs_call_contents(const struct fs *fs, uint64_t word[RTOS_WORDS])
{
	return fs->sums == FS_HAS_WORD_SUMS ? fs_call_summed(fs, word) : fs_call(fs, word);
}

/* How many bytes were moved: at most the number that was asked for, whatever the server says, as
 * callers copy so many bytes. */
static uint32_t fs_done(enum fs_status status, uint64_t done, uint32_t most)
{
	if (status != FS_OK)
		return 0;
	return done < most ? (uint32_t)done : most;
}

static uint32_t fs_most(const struct fs *fs, uint32_t count)
{
	return count < fs->buffer_size ? count : fs->buffer_size;
}

/* Whether the bytes that were read are those that the server sent. */
static bool fs_sum_good(const struct fs *fs, uint64_t sum, uint32_t count)
{
	return !FS_IS_SUM(sum) || FS_SUM(crc32c(0, fs->buffer, count)) == sum;
}

/* Tells the server that its answer's sum was wrong, and reads again. The server checks its memory
 * meanwhile. */
static __attribute__((noinline)) enum fs_status
fs_read_again(const struct fs *fs, uint64_t id, uint64_t offset, uint32_t most, uint32_t *done)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_READ, id), offset, FS_PIECE(most, 0),
	                             FS_SUM(crc32c(0, fs->buffer, *done))};
	const enum fs_status status = fs_call(fs, word);

	*done = fs_done(status, word[1], most);
	if (status != FS_OK || fs_sum_good(fs, word[2], *done))
		return status;
	*done = 0;
	return FS_WRONG_SUM;
}

enum fs_status fs_read(const struct fs *fs, uint64_t id, uint64_t offset, uint32_t count,
                       uint32_t *done)
{
	const uint32_t most = fs_most(fs, count);
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_READ, id), offset, FS_PIECE(most, 0)};
	const enum fs_status status = fs_call_contents(fs, word);

	*done = fs_done(status, word[1], most);
	if (status != FS_OK || fs->sums != FS_HAS_SUMS || fs_sum_good(fs, word[2], *done))
		return status;
	return fs_read_again(fs, id, offset, most, done);
}

/* Fills in words 2 and 3 of a call that writes, and makes the call. If a server gets other bytes
 * than the sum says, it writes nothing: then this function calls once more. */
static enum fs_status fs_put(const struct fs *fs, uint64_t word[RTOS_WORDS], uint32_t most)
{
	const uint64_t call = word[0], offset = word[1];
	enum fs_status status = FS_WRONG_SUM;

	word[2] = FS_PIECE(most, 0);
	if (fs->sums != FS_HAS_SUMS)
		return fs_call_contents(fs, word);
	for (uint32_t tries = 0; status == FS_WRONG_SUM && tries < 2; tries++) {
		word[0] = call;
		word[1] = offset;
		word[2] = FS_PIECE(most, 0);
		word[3] = FS_SUM(crc32c(0, fs->buffer, most));
		status = fs_call(fs, word);
	}
	return status;
}

enum fs_status fs_write(const struct fs *fs, uint64_t id, uint64_t offset, uint32_t count,
                        uint32_t *done)
{
	const uint32_t most = fs_most(fs, count);
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_WRITE, id), offset};
	const enum fs_status status = fs_put(fs, word, most);

	*done = fs_done(status, word[1], most);
	return status;
}

enum fs_status fs_append(const struct fs *fs, uint64_t id, uint32_t count, uint32_t *done,
                         uint64_t *where)
{
	const uint32_t most = fs_most(fs, count);
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_APPEND, id)};
	const enum fs_status status = fs_put(fs, word, most);

	*done = fs_done(status, word[1], most);
	*where = word[2];
	return status;
}

enum fs_status fs_sync(const struct fs *fs)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_SYNC, FS_ROOT)};

	return fs_call(fs, word);
}

enum fs_status fs_resize(const struct fs *fs, uint64_t id, uint64_t size)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_RESIZE, id), size};

	return fs_call(fs, word);
}

/* ---- names ---- */

enum fs_status fs_create(const struct fs *fs, const char *path, enum fs_type type, uint64_t *id)
{
	uint64_t word[RTOS_WORDS], directory;
	enum fs_status status = fs_find_place(fs, path, &directory, word);

	if (status != FS_OK)
		return status;
	word[0] = FS_CALL(FS_CREATE, directory);
	word[1] = type;
	status = fs_call(fs, word);
	*id = word[1];
	return status;
}

enum fs_status fs_remove(const struct fs *fs, const char *path)
{
	uint64_t word[RTOS_WORDS], directory;
	const enum fs_status status = fs_find_place(fs, path, &directory, word);

	if (status != FS_OK)
		return status;
	word[0] = FS_CALL(FS_REMOVE, directory);
	return fs_call(fs, word);
}

enum fs_status fs_rename(const struct fs *fs, const char *from, const char *to)
{
	uint64_t word[RTOS_WORDS], directory;
	struct fs_file file;
	enum fs_status status = fs_find(fs, from, &file);

	if (status == FS_OK)
		status = fs_find_place(fs, to, &directory, word);
	if (status != FS_OK)
		return status;
	word[0] = FS_CALL(FS_RENAME, file.id);
	word[1] = directory;
	return fs_call(fs, word);
}

enum fs_status fs_list(const struct fs *fs, uint64_t directory, uint64_t *next, char name[FS_NAME])
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_LIST, directory), *next};
	const enum fs_status status = fs_call(fs, word);

	if (status != FS_OK)
		return status;
	*next = word[1];
	memcpy(name, &word[2], FS_NAME);
	name[FS_NAME - 1] = '\0'; /* whatever the server says */
	return word[1] == FS_NONE ? FS_NOT_FOUND : FS_OK;
}

const char *fs_status_text(enum fs_status status)
{
	static const char *const texts[] = {[FS_OK] = "done",
	                                    [FS_BAD] = "no such thing can be done",
	                                    [FS_GONE] = "it isn't there any more",
	                                    [FS_NOT_FOUND] = "there is no such file",
	                                    [FS_EXISTS] = "the name is taken",
	                                    [FS_NOT_DIRECTORY] = "that is no directory",
	                                    [FS_IS_DIRECTORY] = "that is a directory",
	                                    [FS_NOT_EMPTY] = "the directory isn't empty",
	                                    [FS_NO_SPACE] = "there is no more space",
	                                    [FS_TOO_LARGE] = "no file can be so large",
	                                    [FS_READ_ONLY] = "nobody can change that",
	                                    [FS_NO_SERVER] = "the file system doesn't answer",
	                                    [FS_FAILED] = "the disk fails there",
	                                    [FS_WRONG_SUM] = "what came isn't what was sent"};

	return (size_t)status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "?";
}

/*
 * A RAM file system as one would write it if nothing could crash: what the tests compare the real
 * one with. It is told each call and the answer that the real one gave, and says whether that is
 * right.
 */
#ifndef TESTS_RAMFS_MODEL_H
#define TESTS_RAMFS_MODEL_H

#include <servers/ramfs/operate.h>
#include <stdbool.h>

#define MODEL_FILES  64
#define MODEL_PAGES  96 /* of one file that were ever written */
#define MODEL_BUFFER 16384

struct model_page {
	uint32_t place;
	uint8_t bytes[RAMFS_PAGE];
};

struct model_file {
	uint64_t id; /* 0: the place is free */
	enum fs_type type;
	struct model_file *directory;
	uint64_t name[FS_NAME_WORDS];
	uint32_t size, page_count;
	struct model_page *pages;
};

struct model {
	struct model_file file[MODEL_FILES]; /* the first one is the root */
};

void model_begin(struct model *model);
void model_end(struct model *model);
struct model_file *model_find(struct model *model, uint64_t id);
/* The answer `call` got for `asked` is right, and its effect is the model's, too. */
void model_follow(struct model *model, const struct ramfs *fs, const struct ramfs_call *asked,
                  const struct ramfs_call *call);
/* All that the model has the file system has, and nothing else. */
void model_compare(struct model *model, struct ramfs *fs);

#endif

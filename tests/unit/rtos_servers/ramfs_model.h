/*
 * A simple RAM file system without a defence against crashes: tests compare the real file system
 * with it. It gets each call with the real file system's answer, and checks that the answer is
 * right.
 */
#ifndef TESTS_RAMFS_MODEL_H
#define TESTS_RAMFS_MODEL_H

#include <servers/ramfs/operate.h>
#include <stdbool.h>

#define MODEL_FILES  64
#define MODEL_PAGES  96 /* the most pages of a file that were ever written */
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
	struct model_file file[MODEL_FILES]; /* the first file is the root */
};

void model_begin(struct model *model);
void model_end(struct model *model);
struct model_file *model_find(struct model *model, uint64_t id);
/* Checks that `call` is the right answer to `asked`, and lets it change the model, too. */
void model_follow(struct model *model, const struct ramfs *fs, const struct ramfs_call *asked,
                  const struct ramfs_call *call);
/* Checks that the file system has the model's files, and nothing else. */
void model_compare(struct model *model, struct ramfs *fs);

#endif

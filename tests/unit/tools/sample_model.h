/*
 * A model made by hand for the tests of pack, guest trees, show and draw: a small board with a
 * "linux" on two cores and a remapped "heartbeat" on the third, with real (small) files in a
 * folder of its own.
 */
#ifndef UNIT_TOOLS_SAMPLE_MODEL_H
#define UNIT_TOOLS_SAMPLE_MODEL_H

#include <host/dts.h>
#include <host/model.h>

struct sample_model {
	struct model model; /* model.arena holds everything */
	struct dts_tree *tree;
	struct model_partition *linux_os, *heartbeat;
	struct model_device *disk, *net; /* linux_os's: virtio_mmio31 and virtio_mmio30 */
	char folder[64];
	char *frame; /* path of a frame image */
};

void sample_model_make(struct sample_model *sample);
void sample_model_free(struct sample_model *sample);

/* A file in the folder; its path. */
char *sample_model_file(struct sample_model *sample, const char *name, const void *bytes,
                        size_t size);
char *sample_model_path(struct sample_model *sample, const char *name);
/* A device of the board as the model knows it. */
struct model_device *sample_model_device(struct sample_model *sample, const char *label);
/* Memory that a partition's restarts keep; call it by rising addresses. */
void sample_model_keep(struct sample_model *sample, struct model_partition *partition, uint64_t ipa,
                       uint64_t size, bool ramoops);
/* Gives a partition one more device. */
void sample_model_give(struct sample_model *sample, struct model_partition *partition,
                       struct model_device *device);

#endif

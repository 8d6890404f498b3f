/* A small good boot image of the RTOS, with a manifest, for tests and the fuzzer. */
#ifndef UNIT_LIB_SAMPLE_RTOSIMAGE_H
#define UNIT_LIB_SAMPLE_RTOSIMAGE_H

#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>

#define SAMPLE_PROGRAMS 4
#define SAMPLE_PARTS    3 /* text, data, the manifest */

struct sample_manifest {
	struct rtos_manifest header;
	struct rtos_manifest_program programs[SAMPLE_PROGRAMS]; /* init, supervisor, disk, shell */
	struct rtos_manifest_device devices[2];                 /* both are the disk's */
	struct rtos_manifest_port ports[2];                     /* the disk's and the shell's */
	struct rtos_manifest_window windows[1];
	char strings[8];
};

struct sample_rtosimage {
	struct rtos_image header;
	struct rtos_program programs[SAMPLE_PROGRAMS];
	struct rtos_part parts[SAMPLE_PARTS];
	uint8_t padding[RTOS_IMAGE_ALIGN - sizeof(struct rtos_image) -
	                SAMPLE_PROGRAMS * sizeof(struct rtos_program) -
	                SAMPLE_PARTS * sizeof(struct rtos_part)];
	uint8_t text[RTOS_IMAGE_ALIGN], data[RTOS_IMAGE_ALIGN];
	union {
		struct sample_manifest manifest;
		uint8_t manifest_page[RTOS_IMAGE_ALIGN];
	};
};

void sample_rtosimage_make(struct sample_rtosimage *sample);
/* Makes the tables' CRC right. */
void sample_rtosimage_seal(struct sample_rtosimage *sample);

#endif

/*
 * bundle_verify_frame() (lib/bundle.h). The frame runs it as soon as it has a stack. So this code
 * has to lie near the image's beginning: if a file was cut, the rest of the image is missing
 * (frame.ld.S).
 */
#include <lib/bundle.h>
#include <lib/crc32c.h>

enum bundle_fault bundle_verify_frame(const void *image, size_t size)
{
	const struct bundle_header *bundle = (const void *)((const uint8_t *)image + size);
	if (bundle->magic != BUNDLE_MAGIC)
		return BUNDLE_BAD_MAGIC;
	return crc32c(0, image, size) == bundle->frame_crc ? BUNDLE_OK : BUNDLE_BAD_FRAME;
}

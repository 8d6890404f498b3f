/* See lib/rtosfile.h. */
#include <kumiki/bundle.h>
#include <lib/rtosfile.h>
#include <lib/rtosimage.h>
#include <string.h>

#define RTOSFILE_KERNEL_MAX (64u << 20)

const char *rtosfile_kernel(const void *file, size_t size, struct rtos_kernel_header *header)
{
	struct arm64_image_header image;

	if (size < sizeof(image) + sizeof(*header))
		return "is too short for a kernel of the RTOS";
	memcpy(&image, file, sizeof(image));
	memcpy(header, (const uint8_t *)file + sizeof(image), sizeof(*header));
	if (image.magic != ARM64_IMAGE_MAGIC || header->magic != RTOS_KERNEL_MAGIC)
		return "is no kernel of the RTOS";
	if (header->image_revision != RTOS_IMAGE_REVISION)
		return "reads boot images of another revision; build kernel and command from the "
		       "same sources";
	if (header->image_offset % RTOS_IMAGE_ALIGN != 0 ||
	    header->image_offset > RTOSFILE_KERNEL_MAX ||
	    header->image_offset < sizeof(image) + sizeof(*header) ||
	    header->copy_size > header->image_offset || header->copy_size > size)
		return "says an impossible place for the boot image; is it damaged?";
	return NULL;
}

bool rtosfile_find(const void *file, size_t size, const struct rtos_image **image, const char **why)
{
	struct rtos_kernel_header header;
	struct rtosimage_verdict verdict;

	*why = rtosfile_kernel(file, size, &header);
	if (!*why && header.image_offset >= size)
		*why = "is a kernel without programs; pack some behind it with 'kumiki rtos pack'";
	if (*why)
		return false;
	*image = (const void *)((const uint8_t *)file + header.image_offset);
	verdict = rtosimage_verify(*image, size - (size_t)header.image_offset);
	*why = rtosimage_fault_text(verdict.fault);
	return verdict.fault == RTOSIMAGE_OK;
}

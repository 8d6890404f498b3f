/*
 * Puts into a file of the services' images by what they can be mended (lib/parity.h). The linker
 * left two pages for it at the file's end: parity and sums. Run by the frame's build on the host.
 *
 *   parity FILE
 */
#include <lib/parity.h>
#include <stdio.h>

static _Alignas(PARITY_PAGE) uint8_t file[256 * PARITY_PAGE];
_Static_assert(PARITY_PIECES(sizeof(file) / PARITY_PAGE) * sizeof(uint32_t) <= PARITY_PAGE,
               "the sums are on one page");

/* Returns what is wrong; 0: it is done. */
static const char *make(FILE *stream)
{
	const size_t size = fread(file, 1, sizeof(file), stream);
	const size_t sums = size - PARITY_PAGE;

	if (ferror(stream) || !feof(stream))
		return "can't be read, or is too large";
	if (size % PARITY_PAGE != 0 || size < 3 * (size_t)PARITY_PAGE)
		return "isn't whole pages";
	parity_make(file, (uint32_t)(sums / PARITY_PAGE), (uint32_t *)(void *)(file + sums));
	rewind(stream);
	return fwrite(file, 1, size, stream) == size ? NULL : "can't be written";
}

int main(int argc, char **argv)
{
	FILE *stream = argc == 2 ? fopen(argv[1], "r+b") : NULL;
	const char *wrong = stream ? make(stream) : "can't be opened";

	if (stream && fclose(stream) != 0)
		wrong = "can't be written";
	if (wrong)
		fprintf(stderr, "parity: %s %s\n", argc == 2 ? argv[1] : "FILE", wrong);
	return wrong != NULL;
}

/*
 * The loader service. It silences a partition's devices. It lays images out in the partition's
 * memory, from the pristine copies that no guest can write, and checks them on the way. Unless the
 * start is the first, it wipes the rest of the memory. It leaves nothing in a cache, as a guest
 * starts with its caches off. It runs once for each start and each end of a partition, at that
 * partition's cost. Parts: loader.c (the order of things, laying out, wiping), silence.c (devices),
 * seeds.c (fresh seeds).
 */
#ifndef SERVICE_LOADER_H
#define SERVICE_LOADER_H

#include <kumiki/service.h>
#include <stdbool.h>
#include <stddef.h>

#define LOADER_SECRET_WORDS 4

/* Does the loader's whole work for a start. Returns the status for SERVICE_DONE, and the secret of
 * the next start. Stops at the first damaged image or noisy device. */
uint64_t loader_run(const struct loader_info *info, uint64_t next[LOADER_SECRET_WORDS]);

/* Silences all devices. Returns the status for SERVICE_DONE. Stops at the first noisy device. */
uint64_t loader_silence(const struct loader_info *info);

/* ---- silence.c ---- */

/* Silences all devices of a region: no DMA, no interrupt. False: a device doesn't fall silent. */
bool silence(const struct loader_device *device);

/* Whether the register has this value under the mask, or gets it within the time. */
bool silence_becomes(uint64_t address, uint32_t mask, uint32_t value, uint32_t milliseconds);

/* ---- silence_function.c ---- */

/* Silences a PCI function. False: it doesn't fall silent. */
bool silence_function(const struct loader_device *device);

/* Whether functions of this class are silenced at the first start, too. They begin with only the
 * memory decode on. */
bool silence_at_first(uint32_t silence);

/* False: the device's own accesses go around the SMMU, although its function's don't. Asked when
 * the device is silent. */
bool silence_is_confined(const struct loader_device *device);

/* ---- seeds.c ---- */

struct seeds {
	bool have; /* false: the machine has no source of randomness */
	uint8_t kaslr[8];
	uint8_t rng[BUNDLE_RNG_SEED_SIZE];
};

/* Derives seeds from the partition's secret, and the next secret. */
void seeds_derive(const uint8_t secret[32], struct seeds *seeds,
                  uint64_t next[LOADER_SECRET_WORDS]);

/* ---- the machine ---- */

uint32_t machine_device_read(uint64_t address);
void machine_device_write(uint64_t address, uint32_t value);
uint8_t machine_device_read_byte(uint64_t address);
void machine_device_write_byte(uint64_t address, uint8_t value);

/* machine_deadline(): that many milliseconds from now. machine_is_past(): whether a deadline is
 * over. */
uint64_t machine_deadline(uint32_t milliseconds);
bool machine_is_past(uint64_t deadline);

/*
 * Work that the machine does faster than C: loader/machine_arm.c, or machine_plain.c in host tests.
 */
#define LOADER_BLOCK 64u

/* Copies blocks, 8-byte aligned on both sides, and continues their CRC-32C: `crc` is the plain
 * remainder (not inverted). Cleans all copied blocks except the last. */
uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc);

/* Zeroes and cleans. */
void machine_zero(void *to, size_t size);

/* Cleans to the point of coherency, and invalidates. */
void machine_clean(const void *from, size_t size);

/* Waits until all cleaned lines have arrived. */
void machine_finish(void);

#endif

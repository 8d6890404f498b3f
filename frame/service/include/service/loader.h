/*
 * The loader service: silences a partition's devices, lays images out in its memory from the
 * pristine copies that no guest can write, checks them on the way, and wipes the rest if it isn't
 * the first start. It leaves nothing in a cache: a guest starts with its caches off. Runs once for
 * each start and each end of a partition, at that partition's cost. Parts: loader.c (the order of
 * things, laying out, wiping), silence.c (devices), seeds.c (fresh seeds).
 */
#ifndef SERVICE_LOADER_H
#define SERVICE_LOADER_H

#include <kumiki/service.h>
#include <stdbool.h>
#include <stddef.h>

#define LOADER_SECRET_WORDS 4

/* The loader's whole run; returns the status for SERVICE_DONE, and the secret of the next start.
 * Stops at the first damaged image or noisy device. */
uint64_t loader_run(const struct loader_info *info, uint64_t next[LOADER_SECRET_WORDS]);

/* Silences all devices; returns the status for SERVICE_DONE. Stops at the first noisy device. */
uint64_t loader_silence(const struct loader_info *info);

/* ---- silence.c ---- */

/* Silences all devices of a region: no DMA, no interrupt. False: a device doesn't fall silent. */
bool silence(const struct loader_device *device);

/* Whether the register has this value under the mask, or gets it within the time. */
bool silence_becomes(uint64_t address, uint32_t mask, uint32_t value, uint32_t milliseconds);

/* ---- silence_function.c ---- */

/* The same for a PCI function. */
bool silence_function(const struct loader_device *device);

/* Whether functions of this class are silenced at the first start, too: they begin with nothing but
 * the memory decode on. */
bool silence_at_first(uint32_t silence);

/* False: this device's accesses go around the SMMU, although its function's don't. The device is
 * silent. */
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

/* machine_deadline(): a time from now; machine_is_past(): whether it is over. */
uint64_t machine_deadline(uint32_t milliseconds);
bool machine_is_past(uint64_t deadline);

/*
 * Work that the machine does faster than C: loader/machine_arm.c, or machine_plain.c in host tests.
 */
#define LOADER_BLOCK 64u

/* Copies blocks, 8-byte aligned on both sides, and takes their CRC-32C further: `crc` is the plain
 * remainder (not inverted). Cleans all copied blocks but the last. */
uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc);

/* Zeroes and cleans. */
void machine_zero(void *to, size_t size);

/* Cleans to the point of coherency, and invalidates. */
void machine_clean(const void *from, size_t size);

/* Waits until all cleaned lines have arrived. */
void machine_finish(void);

#endif

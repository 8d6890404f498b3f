/*
 * The loader service: silences a partition's devices, lays images out in its memory from the
 * pristine copies that no guest can write, checks them on the way, wipes the rest if it isn't the
 * first start, and leaves nothing of it in a cache: a guest starts with its caches off. Runs once
 * for each start of a partition, and when it has ended, at that partition's cost. Parts: loader.c
 * (the order of things, laying out, wiping), silence.c (devices), seeds.c (fresh seeds).
 */
#ifndef SERVICE_LOADER_H
#define SERVICE_LOADER_H

#include <kumiki/service.h>
#include <stdbool.h>
#include <stddef.h>

#define LOADER_SECRET_WORDS 4

/* Does all there is; returns the status for SERVICE_DONE, and the secret of the next start. Stops
 * at the first damaged image or noisy device. */
uint64_t loader_run(const struct loader_info *info, uint64_t next[LOADER_SECRET_WORDS]);

/* All of its devices; returns the status for SERVICE_DONE. Stops at the first noisy one. */
uint64_t loader_silence(const struct loader_info *info);

/* ---- silence.c ---- */

/* All devices of a region fall silent: no DMA, no interrupt. False: one doesn't. */
bool silence(const struct loader_device *device);

/* The register has this value under the mask, or gets it within so long. */
bool silence_becomes(uint64_t address, uint32_t mask, uint32_t value, uint32_t milliseconds);

/* ---- silence_function.c ---- */

/* The same of a PCI function. */
bool silence_function(const struct loader_device *device);

/* At each start, the first one included: those that begin with the memory decode on and nothing
 * else. */
bool silence_at_first(uint32_t silence);

/* False: its accesses go around what confines the others'. It is silent. */
bool silence_is_confined(const struct loader_device *device);

/* ---- seeds.c ---- */

struct seeds {
	bool have; /* else the machine has no source of randomness */
	uint8_t kaslr[8];
	uint8_t rng[BUNDLE_RNG_SEED_SIZE];
};

/* From the partition's secret; and the secret that takes its place. */
void seeds_derive(const uint8_t secret[32], struct seeds *seeds,
                  uint64_t next[LOADER_SECRET_WORDS]);

/* ---- the machine ---- */

uint32_t machine_device_read(uint64_t address);
void machine_device_write(uint64_t address, uint32_t value);
uint8_t machine_device_read_byte(uint64_t address);
void machine_device_write_byte(uint64_t address, uint8_t value);

/* A time so far from now; whether it is past. */
uint64_t machine_deadline(uint32_t milliseconds);
bool machine_is_past(uint64_t deadline);

/*
 * What the machine does faster than C: loader/machine_arm.c, or machine_plain.c in host tests.
 */
#define LOADER_BLOCK 64u

/* Copies so many blocks, 8-byte aligned on both sides, and takes their CRC-32C further: `crc` is
 * as the polynomial division has it (not inverted). Cleans what lies behind it but the last block.
 */
uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc);

/* Zeroes and cleans. */
void machine_zero(void *to, size_t size);

/* Cleans to the point of coherency, and invalidates. */
void machine_clean(const void *from, size_t size);

/* Waits until all that was cleaned has arrived. */
void machine_finish(void);

#endif

/* Pieces of the Common Trace Format's streams, for all that write them. */
#ifndef TRACE_CTF_H
#define TRACE_CTF_H

#include <stdint.h>
#include <stdio.h>

/* Bytes before the first event: magic, stream, and what ctf_put_packet() says. */
#define CTF_PACKET (4 + 4 + 4 * 8 + 4)

void ctf_put(FILE *out, uint64_t value, unsigned int bytes);

/* The packet of so many bytes, from one time to another. */
void ctf_put_packet(uint32_t stream, uint64_t begin, uint64_t end, uint64_t size, uint32_t cpu,
                    FILE *out);

#endif

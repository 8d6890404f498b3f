/* Pieces of the Common Trace Format's streams, for ctf.c and rtos_ctf.c. */
#ifndef TRACE_CTF_H
#define TRACE_CTF_H

#include <stdint.h>
#include <stdio.h>

/* The fields of ctf_put_packet() and of an event's beginning, in the metadata's language. */
#define CTF_STREAM                                                                                 \
	"\tpacket.context := struct {\n"                                                           \
	"\t\tticks timestamp_begin;\n"                                                             \
	"\t\tticks timestamp_end;\n"                                                               \
	"\t\tuint64_t content_size;\n"                                                             \
	"\t\tuint64_t packet_size;\n"                                                              \
	"\t\tuint32_t cpu_id;\n"                                                                   \
	"\t};\n"                                                                                   \
	"\tevent.header := struct { uint8_t id; ticks timestamp; };\n"

/* Bytes before the first event: magic, stream, and the fields of ctf_put_packet(). */
#define CTF_PACKET (4 + 4 + 4 * 8 + 4)

void ctf_put(FILE *out, uint64_t value, unsigned int bytes);

/* Writes the beginning of a packet of `size` bytes, with its first and its last time. */
void ctf_put_packet(uint32_t stream, uint64_t begin, uint64_t end, uint64_t size, uint32_t cpu,
                    FILE *out);

#endif

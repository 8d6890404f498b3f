/*
 * The link: frames between the console service and the host, over the same UART as the plain text.
 *
 * A frame: LINK_START, type, length (16 bits, little-endian), payload, CRC-32C (32 bits,
 * little-endian) over type, length and payload. In plain text the service passes few of a guest's
 * characters below 0x20: newline, tab, backspace, carriage return and known escape sequences. So
 * LINK_START never stands in plain text. After a bad length or CRC a receiver looks for the next
 * LINK_START.
 *
 * The link starts in text mode: output as text with prefixes, keys go to the focused partition. A
 * LINK_HELLO from the host puts it into frame mode: all output comes as LINK_OUTPUT. LINK_BYE, or
 * LINK_SILENCE without a frame from the host, puts it back. A service that begins anew amid frames
 * takes the host's bytes outside of frames for no keys, for as long. The host sends a LINK_START of
 * its own before its first hello: a UART that is being started may lose a byte, and the rest would
 * be keys.
 *
 * The UART has one client. `kumiki hub` can be this client, and speaks the same frames with many
 * clients on sockets: it is the system to each of them, and gives each the rights that it asks for.
 */
#ifndef KUMIKI_LINK_H
#define KUMIKI_LINK_H

#include <stdint.h>

#define LINK_REVISION        4
#define LINK_REVISION_TEXT   "4"
#define LINK_START           0x1e
#define LINK_PAYLOAD_MAX     1024
#define LINK_FRAME_MS        1000 /* an unfinished frame is given up after so long without a byte */
#define LINK_SILENCE_SECONDS 10   /* the host sends LINK_PING more often */
#define LINK_LINES           4    /* commands that are carried out side by side */

/* What a client of a hub may do. The system itself looks at no rights. */
enum link_right {
	LINK_LOOK = 1,    /* output, traces, commands that only look */
	LINK_TYPE = 2,    /* LINK_INPUT */
	LINK_ORDER = 4,   /* all commands */
	LINK_DEBUGS = 8,  /* LINK_DEBUG */
	LINK_RIGHTS = 15, /* all */
};

enum link_type {
	/* host to service */
	LINK_HELLO = 1,     /* u32 revision; u32 rights may follow, else all that there are */
	LINK_BYE = 2,       /* nothing */
	LINK_PING = 3,      /* up to 8 bytes, come back in LINK_PONG */
	LINK_INPUT = 4,     /* u8 partition, then characters for its UART */
	LINK_GET_TRACE = 5, /* all cores' rings; they stand still while they are sent */
	LINK_COMMAND = 6,   /* u8 line below LINK_LINES, on which nothing runs; then a command */
	LINK_DEBUG = 8,     /* u8 partition, u8[7] zero, struct debug_request, then its data */
	LINK_CANCEL = 9,    /* u8 line: what runs on it ends with a last LINK_ANSWER */
	LINK_LEAVE = 10,    /* u8 partition: its debugger goes */
	/* u8 enum package_order, u8[3] zero, u32 offset, then the order's bytes (kumiki/package.h);
	 * the next one after the answer */
	LINK_UPDATE = 11,

	/* service to host */
	/* struct link_welcome, then struct link_source: partitions + 1, and one for each channel's
	 * name; then, as LINK_OUTPUT, each source's unfinished line */
	LINK_WELCOME = 65,
	LINK_PONG = 67,
	LINK_OUTPUT =
	    68, /* u8 source (the partitions; then "kumiki"), then characters as they came */
	LINK_TRACE = 69,     /* u8 core, u8[7] zero, u64 number of first event, then events */
	LINK_TRACE_END = 70, /* u8 core; the next core's events follow, if there are any */
	LINK_ERROR = 71,     /* u8 type and u8 first byte of the frame at fault (zeros if it was
	                        broken), then text */
	LINK_TOOK = 72,      /* u8 source, u8 zero, u16 number of LINK_INPUT's characters it took */
	LINK_ANSWER = 73,   /* one or more to LINK_COMMAND: u8 line, u8 1 in the last, u8 status (in
	                       the last: 0 done, 1 failed), then text in lines */
	LINK_DEBUGGED = 74, /* to LINK_DEBUG: u8 partition, u8[3] zero, u32 status, then data */
	LINK_DEBUG_STOP = 75, /* u8 partition, u8[7] zero, struct debug_stop */
	LINK_LEFT = 76,       /* to LINK_LEAVE, when no debugger is attached: u8 partition */
	LINK_UPDATED = 78,    /* to LINK_UPDATE: its first 8 bytes, but behind the order a u8 enum
	                         package_verdict; then text, or PACKAGE_TABLES' bytes */
	LINK_OVER = 77,       /* a hub's last word to a client: text, why it hangs up */
};

struct link_welcome {
	uint32_t revision;
	uint32_t partitions;
	uint32_t cores;
	uint32_t vcpus;
	uint64_t counter_hz;
	char system[32];
	uint8_t vcpu_partition[32];
};

struct link_source {
	char name[32];
};

#endif

/*
 * An emulated PL011 (Arm DDI 0183), as Linux's driver and bare-metal programs expect it, backed by
 * a console ring. The trap handler calls this for accesses to a partition's UART page, and
 * uart_evaluate() when the console service has changed the ring. One caller at a time for one
 * partition's UART.
 *
 * A character counts as sent as soon as it is in the ring, so a guest waits for the physical line
 * only when the ring is full. Where the TRM and QEMU's `virt` differ, the model does what programs
 * written for `virt` rely on:
 * - it sends and receives whether or not CR enables it;
 * - RXRIS is set from the first character on, whatever level IFLS says; RTRIS, too, below that
 *   level; both stay set while characters wait, whatever ICR says (a handler that reads one
 *   character and then clears the interrupt loses none);
 * - the modem lines read 0.
 */
#ifndef PURE_PL011_H
#define PURE_PL011_H

#include <frame/types.h>
#include <kumiki/console.h>

#define PL011_DR 0x00
#define PL011_FR 0x18

/* Kept state (state/keep.h), so it has no pointers. */
struct pl011 {
	uint16_t cr, lcr_h, imsc, ifls;
	uint16_t ibrd, fbrd, ilpr, dmacr;
	uint16_t latched; /* interrupts that are set by an event and cleared by ICR */
	uint8_t rsr;
	uint8_t tx_waits;   /* a character was written that left too little room for TXRIS */
	uint8_t loop_count; /* characters in loop[], while CR.LBE is set */
	uint8_t loop[16];
};

/* What a write asks of its caller. */
enum pl011_effect {
	PL011_NOTHING = 0,
	PL011_WAKE = 1, /* the console service sleeps: wake it */
	PL011_LINE = 2, /* the interrupt line may have changed: ask pl011_line() */
};

void pl011_reset(struct pl011 *uart);

/*
 * Read and write at any offset inside the page. The value that is read has the access's bytes
 * lowest, and the caller cuts it to size. After a read of DR the line may have changed, too.
 */
uint32_t pl011_read(struct pl011 *uart, struct console_ring *ring, uint32_t offset);
uint32_t pl011_write(struct pl011 *uart, struct console_ring *ring, uint32_t offset,
                     uint32_t value); /* enum pl011_effect, or-ed */

/* The console service has changed the ring. The caller asks pl011_line() afterwards. */
void pl011_notified(struct pl011 *uart, struct console_ring *ring);

/* The combined interrupt, UARTINTR. */
bool pl011_line(const struct pl011 *uart, const struct console_ring *ring);

#endif

/*
 * The registers of Cadence's UART by which the frame itself speaks (Zynq UltraScale+ Device
 * Register Reference, UG1087). C and assembly read this.
 */
#ifndef UART_CADENCE_H
#define UART_CADENCE_H

#define CADENCE_CR   0x00
#define CADENCE_ON   0x14 /* in CR: transmitter and receiver on, no break */
#define CADENCE_SR   0x2c
#define CADENCE_FULL 4 /* this bit of SR: the transmitter's FIFO is full */
#define CADENCE_FIFO 0x30

#endif

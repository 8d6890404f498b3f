/*
 * What a guest reads from the ID registers (HCR_EL2.TID3 has them trap): the hardware's features
 * that a guest can really use under this frame. Called at a core's start. Fields and registers that
 * this frame doesn't know, as of later features, read 0, which hides them.
 */
#ifndef PURE_IDREG_H
#define PURE_IDREG_H

#include <frame/types.h>

/* The number of AArch64's registers of each CRm that may show anything. */
#define IDREG_64 4u

/* Returns the guest's view of the register S3_0_C0_C<crm>_<op2>. */
uint64_t idreg_view(uint32_t crm, uint32_t op2, uint64_t hardware_value);

#endif

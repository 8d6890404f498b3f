/*
 * Parts of a package (kumiki/package.h) that the host and the updater compute alike. The code is
 * pure.
 */
#ifndef LIB_PACKAGE_H
#define LIB_PACKAGE_H

#include <kumiki/package.h>

/*
 * The SHA-256 of a bundle's tables, as struct package_head has it. It leaves out what may differ
 * between the running tables and those of a package: the sums of tables and frame, and where image
 * and working memory of the frame lie. The tables have to be verified (lib/bundle.h).
 */
void package_tables(const struct bundle_header *bundle, uint8_t sum[PACKAGE_SUM]);

#endif

/*
 * What the panel tells, as JSON documents (docs/reference/json.md): for kumikictl, and for a keeper
 * inside the machine. A document is written as a whole, or not at all: then the function answers
 * -1, and kumiki->error says why.
 */
#ifndef TOOL_DOCUMENTS_H
#define TOOL_DOCUMENTS_H

#include <lib/json.h>
#include <libkumiki/libkumiki.h>

#define DOCUMENT_ALL UINT32_MAX /* lines */

int document_list(struct json *json, struct kumiki *kumiki);
int document_partition(struct json *json, struct kumiki *kumiki, uint32_t partition);
int document_log(struct json *json, struct kumiki *kumiki, uint32_t partition, uint32_t lines);
int document_cores(struct json *json, struct kumiki *kumiki);

/* Whether the state of a partition can be read: that of this partition and of managed ones. */
bool document_shows(const struct kumiki *kumiki, uint32_t partition);

/* Whether a core may go from one partition to another. */
bool document_moves(const struct kumiki *kumiki, uint32_t core);

/* The place in the box's console where the last `lines` lines begin. */
uint64_t document_lines(const struct kumiki_blackbox *copy, uint32_t lines);

#endif

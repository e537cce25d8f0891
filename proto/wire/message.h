// Every request and reply of the control channel, one struct each; docs/protocol says what they mean.
// A request travels as {"id":N,"cmd":"...",fields}, its reply as {"id":N,"result":{fields}} or {"id":N,"error":{...}}.
// Those of mounts, conversation, feeds and commands have headers of their own.
#pragma once

#include "proto/wire/message_browse.h"
#include "proto/wire/message_modify.h"
#include "proto/wire/message_session.h"
#include "proto/wire/message_transfer.h"

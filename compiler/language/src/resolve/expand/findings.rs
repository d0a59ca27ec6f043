//! What can be wrong with a rule or a list once its lets are known.

use adr_diagnostic::Finding;

pub(in crate::resolve) static FINDINGS: &[&Finding] = &[
    &BAD_DIAL_STRING,
    &BEGINS_WITH_LONGER_THAN_DIGITS,
    &REMOVE_ABOVE_DIGITS,
    &NO_CONSEQUENCE,
    &KEEP_WITH_CHANGE,
    &CONFLICTING_FIELDS,
    &MATCHED_WITHOUT_BEGINS_WITH,
    &MISSING_DIGITS,
    &UNKNOWN_GROUP,
    &GROUP_CYCLE,
    &USE_DEFAULT_IN_DEFAULT,
    &REPEATED_USE,
    &TOO_MANY_RULES,
];

pub(in crate::resolve) static BAD_DIAL_STRING: Finding = Finding::error(
    "bad-dial-string",
    "a value is not a dial string",
    "A dial string is made of `0-9 + * #`, at most 100 of them. There are no wildcards: clients compare\n\
     character by character. In `begins-with`, `emergency` and `let` a class `[2-9]` stands for each of its characters,\n\
     and a range `2000..2449` for the numbers from one side to the other, which have equally many digits.\n\n```adr\nrule \"Extensions\" { begins-with 4XXX; digits 4; keep }\n```\n\n\
     Write what the numbers begin with, and `digits` for how long they are: `begins-with 4; digits 4`.\n",
);

pub(super) static BEGINS_WITH_LONGER_THAN_DIGITS: Finding = Finding::error(
    "begins-with-longer-than-digits",
    "no number is long enough for what it must begin with",
    "A rule matches numbers of exactly `digits` characters, `+` counted, that begin with `begins-with`. When all\n\
     entries of begins-with are longer than every number of digits, the rule never matches.\n\n\
     ```adr\nrule \"Area\" { begins-with 408555; digits 5; remove 3 }\n```\n\n\
     Write the length of the whole number, or with `rest` how many digits follow. Where only some of the combinations\n\
     of a rule cannot match, they are left out, and the note `skipped-combination` says so.\n",
);

pub(super) static REMOVE_ABOVE_DIGITS: Finding = Finding::error(
    "remove-above-digits",
    "more digits are to be removed than the number has",
    "CUCM's page refuses such a rule; a client would remove everything.\n\n\
     ```adr\nrule \"Area\" { begins-with 408; digits 7; remove 10 }\n```\n\nWrite how many leading digits go.\n",
);

pub(super) static NO_CONSEQUENCE: Finding = Finding::error(
    "no-consequence",
    "a rule neither removes nor prefixes anything",
    "CUCM's page refuses a rule without a consequence. One that is to stop here and leave the number as it is says\n\
     so with `keep`.\n\n```adr\nrule \"Extensions\" { begins-with 4; digits 5 }\n```\n\nWrite `keep`, `remove` or `prefix`.\n",
);

pub(super) static KEEP_WITH_CHANGE: Finding = Finding::error(
    "keep-with-change",
    "`keep` stands beside `remove` or `prefix`",
    "`keep` leaves the number as it is, so nothing else can be done to it.\n\n\
     ```adr\nrule \"Extensions\" { begins-with 4; digits 5; keep; prefix 9 }\n```\n\nRemove one of the two.\n",
);

pub(super) static CONFLICTING_FIELDS: Finding = Finding::error(
    "conflicting-fields",
    "two fields of a rule say the same thing in two ways",
    "`digits` is the length of the whole number, `rest` the length of what follows begins-with. `remove` is how many\n\
     digits are removed, `remove-all-but` how many are left. A rule says each of these once.\n\n\
     ```adr\nrule \"Own\" { begins-with +4416; digits 12; rest 7; remove 5 }\n```\n\nRemove one of the two.\n",
);

pub(super) static MATCHED_WITHOUT_BEGINS_WITH: Finding = Finding::error(
    "matched-without-begins-with",
    "`remove matched` stands in a rule without begins-with",
    "`matched` is the length of begins-with. Without one there is nothing to remove.\n\n\
     ```adr\nrule \"All\" { digits 10; remove matched; prefix 9 }\n```\n\nWrite a number, or a begins-with.\n",
);

pub(super) static MISSING_DIGITS: Finding = Finding::error(
    "missing-digits",
    "a rule does not say how many digits it is for",
    "CUCM asks for a number of digits in every rule. A rule for every length is a dangerous thing and says so.\n\n\
     ```adr\nrule \"International\" { begins-with +; remove 1; prefix 9011 }\n```\n\n\
     Write `digits 11..15`, or `rest 10..14` for what follows begins-with, or `digits any` if every length is meant.\n",
);

pub(super) static UNKNOWN_GROUP: Finding = Finding::error(
    "unknown-group",
    "`use` names a group that is not there",
    "A group is written at the top level of a file of the book, before or after its use.\n\n\
     ```adr\napplication { use \"NANP\" }\n```\n\nWrite the group, or the name as it is written there.\n",
);

pub(super) static GROUP_CYCLE: Finding = Finding::error(
    "group-cycle",
    "a group uses itself",
    "A group is spliced where it is used, so one that uses itself, also through others, never ends.\n\n\
     ```adr\ngroup \"A\" { use \"B\" }\ngroup \"B\" { use \"A\" }\napplication { use \"A\" }\n```\n\nRemove one of the uses.\n",
);

pub(super) static USE_DEFAULT_IN_DEFAULT: Finding = Finding::error(
    "use-default-in-default",
    "`use default` stands where there is no default to use",
    "`use default` splices the default view's list of the same kind into a site's list.\n\n\
     ```adr\napplication { use default }\n```\n\nWrite it inside a `site`, or remove it.\n",
);

pub(super) static REPEATED_USE: Finding = Finding::warning(
    "repeated-use",
    "a list uses the same group twice",
    "The first match wins, so the rules of a group that a list holds already never win a second time. They are left\n\
     out of the list.\n\n\
     ```adr\ngroup \"Out\" { rule \"Local\" { digits 7; prefix 9 } }\n\
     application {\n  use \"Out\"\n  use \"Out\"\n}\n```\n\nRemove the lower `use`.\n",
);

pub(super) static TOO_MANY_RULES: Finding = Finding::error(
    "too-many-rules",
    "a book becomes more rules than adrc takes",
    "Lists and ranges multiply: a rule with 100 begins-with and 10 lengths is 1,000 file rules. A book may hold\n\
     2,000,000.\n\n```adr\nrule \"All\" { begins-with ${areas}; digits 1..100; prefix 9 }\n```\n\nWrite fewer, or shorter lists.\n",
);

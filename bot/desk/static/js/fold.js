// Text as it is compared with what somebody types: without case and Polish diacritics.

export const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "").replace(/ł/g, "l");

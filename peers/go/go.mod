module bakeoff/peer

go 1.19

//! What a session says of its programs: tables and graphs, to the letter for small models.


mod tables;
